// Makes the table, for --create-table.
#pragma once

#include "store/dynamo_config.hpp"

namespace lastbeat::dynamo {

// Returns when the table is there, usable, and DynamoDB deletes from it what has expired; one that is there already is
// left as it is but for that. Tells what it does in the log. Throws std::runtime_error with the reason when it cannot.
void make_table(const Config& config, const Environment& environment);

}  // namespace lastbeat::dynamo
