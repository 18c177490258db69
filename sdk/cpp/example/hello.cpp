// Subscribes to a topic, publishes to it, and shows what comes. hello [URL]
#include <hark/client/client.h>

#include <cstdio>

namespace client = hark::client;

int main(int argc, char** argv) {
  client::ClientOptions options;
  if (argc > 1) options.url = argv[1];
  auto bus = client::Client::create(options);
  if (!bus) return std::fprintf(stderr, "hello: %s\n", bus.error().message.c_str()), 1;

  auto greetings = bus->subscribe("default", "greetings");
  if (!greetings) return std::fprintf(stderr, "hello: %s\n", greetings.error().message.c_str()), 1;
  if (auto ready = greetings->wait_ready(std::chrono::seconds(5)); !ready)
    return std::fprintf(stderr, "hello: %s\n", ready.error().message.c_str()), 1;

  for (const char* text : {"hello", "world"}) {
    const auto slot = bus->publish("default", "greetings", text);
    if (slot)
      std::printf("published number %llu\n", static_cast<unsigned long long>(slot->number));
    else  // definite_no: nobody will see it. unknown: it may have been accepted.
      std::printf("not published (%s): %s\n",
                  slot.error().outcome == client::Outcome::unknown ? "perhaps" : "surely",
                  slot.error().message.c_str());
  }

  for (int i = 0; i < 2; ++i) {
    auto event = greetings->next(std::chrono::seconds(5));
    if (!event) return std::fprintf(stderr, "hello: %s\n", event.error().message.c_str()), 1;
    if (!*event) return std::fprintf(stderr, "hello: nothing came\n"), 1;
    if (const auto* item = std::get_if<client::Item>(&**event))
      std::printf("received %s\n", item->payload.c_str());
    else
      std::printf("missed some\n");
  }
}
