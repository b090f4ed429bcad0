// What scripts answer.
#pragma once

#include <vector>

#include "client/scripted_server.hpp"
#include "protocol/request.hpp"

namespace lastbeat::test {

inline const std::vector<UserId> kUsers{UserId{1}, UserId{2}, UserId{3}, UserId{4}, UserId{5}};
// What compact_answer() says about them.
inline const std::vector<Presence> kOddOnline{Presence::kOnline, Presence::kOffline, Presence::kOnline,
                                              Presence::kOffline, Presence::kOnline};

[[nodiscard]] Buffer write_answer(const Peer::Received& request, protocol::WriteReply counts);
[[nodiscard]] Buffer refusal(const Peer::Received& request, protocol::ErrorCode code);
// Online for odd ids, offline for even ones.
[[nodiscard]] Buffer compact_answer(const Peer::Received& request);

// Take the next request and answer it.
void answer_write(Peer& peer, protocol::WriteReply counts = {});
// A detailed status about two users, a page of online, count, stats, ping or hello.
void answer_question(Peer& peer);

}  // namespace lastbeat::test
