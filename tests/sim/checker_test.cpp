#include <gtest/gtest.h>
#include "tests/sim/checker.h"
