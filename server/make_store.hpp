// The store that the options choose.
#pragma once

#include <memory>

#include "presence/clock.hpp"
#include "server/options.hpp"
#include "store/store.hpp"

namespace lastbeat {

// `clock` outlives the store. Throws std::exception with a clear message when it cannot be had.
[[nodiscard]] std::unique_ptr<Store> make_store(const Options& options, const Rules& rules, const Clock& clock);

// For Options::create_table: makes what the store keeps users in. Throws std::exception with a clear message.
void create_table(const Options& options);

}  // namespace lastbeat
