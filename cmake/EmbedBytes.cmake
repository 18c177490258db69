# cmake -D INPUT=file -D OUTPUT=file.cpp -D NAME=symbol -P EmbedBytes.cmake: the bytes of a small
# file as an array NAME and its length NAME_size; an array, so that any compiler and linker takes it.
file(READ ${INPUT} digits HEX)
string(LENGTH "${digits}" length)
math(EXPR size "${length} / 2")
string(REGEX REPLACE "(................................)" "\\1\n" digits "${digits}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," digits "${digits}")
file(WRITE ${OUTPUT} "extern const unsigned char ${NAME}[];
extern const unsigned long ${NAME}_size;
const unsigned char ${NAME}[] = {
${digits}
};
const unsigned long ${NAME}_size = ${size};
")
