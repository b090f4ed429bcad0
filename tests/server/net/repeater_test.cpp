#include "net/repeater.hpp"

#include "support/catch.hpp"

using lastbeat::Repeater;
using namespace std::chrono_literals;

TEST_CASE("a repeater acts at once and again and again, until it is stopped, and then lets its context end") {
  asio::io_context context;
  int acts = 0;
  Repeater* self = nullptr;
  Repeater repeater{context, 1ms, [&] {
                      if (++acts == 3) self->stop();
                    }};
  self = &repeater;
  context.run();
  CHECK(acts == 0);
  context.restart();
  repeater.start();
  CHECK(acts == 1);
  context.run();
  CHECK(acts == 3);
}

TEST_CASE("a repeater that is stopped while it waits does not act again") {
  asio::io_context context;
  int acts = 0;
  Repeater repeater{context, 1h, [&] { ++acts; }};
  repeater.start();
  repeater.stop();
  context.run();  // returns, although the hour is not over
  CHECK(acts == 1);
}
