// Words that every folder shares, and programs outside: who a user is and what can be said about one.
#pragma once

#include <cstdint>

namespace lastbeat {

// A user. Every 64-bit value is a valid id, zero included. Opaque: ids are compared and hashed, never added.
enum class UserId : std::uint64_t {};

// What a status request says about a user. The first four values are on the wire (two bits a user): never renumber.
enum class Presence : std::uint8_t {
  kOffline = 0,  // no fresh heartbeat
  kOnline = 1,   // the last heartbeat is at most one ttl old
  kUnknown = 2,  // the server cannot tell yet: it started, or was stopped, less than a ttl ago
  kLeft = 3,     // offline because the user left (signed out)
  kNoAnswer = 4  // of several nodes, none that the user belongs to could be asked; no server says this
};

}  // namespace lastbeat
