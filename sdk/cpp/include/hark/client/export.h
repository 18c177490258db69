#pragma once

/// Marks what the shared library hands out; everything else in it is hidden.
#define HARK_CLIENT_API __attribute__((visibility("default")))
