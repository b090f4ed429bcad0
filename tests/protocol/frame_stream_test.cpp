// A stream arrives in pieces of any size: the frames that come out must not depend on where it was cut.
#include "protocol/frame.hpp"

#include <algorithm>

#include "protocol/vectors.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::protocol;
using lastbeat::test::read_vectors;

namespace {

// The document's vectors one behind the other.
struct Stream {
  std::vector<Buffer> frames;
  Buffer bytes;

  void add(const Buffer& frame) {
    frames.push_back(frame);
    bytes.insert(bytes.end(), frame.begin(), frame.end());
  }
};

Stream stream_of(bool requests) {
  Stream stream;
  for (const auto& [name, bytes] : read_vectors()) {
    const bool is_request = (static_cast<unsigned>(bytes.at(1)) & 0xC0U) == 0;
    if (is_request == requests) stream.add(bytes);
  }
  return stream;
}

// Keeps what has arrived and cuts off what is whole, as a connection does.
class Receiver {
 public:
  explicit Receiver(const Stream& expected) : expected_{expected} {}

  void feed(std::span<const std::byte> piece) {
    waiting_.insert(waiting_.end(), piece.begin(), piece.end());
    while (is_right_so_far_ && cut_one()) {
    }
  }
  // Every frame so far was the expected one, and every wait was for the right number of bytes.
  [[nodiscard]] bool is_right_so_far() const { return is_right_so_far_; }
  [[nodiscard]] std::size_t frames() const { return next_; }

 private:
  bool cut_one() {
    const Buffer exact{waiting_.begin(), waiting_.end()};  // no spare bytes behind it: AddressSanitizer sees the end
    const Cut cut = cut_frame(exact, kLargestPayload);
    if (const auto* more = std::get_if<NeedMore>(&cut)) {
      is_right_so_far_ = more->total_bytes == needed();
      return false;
    }
    const auto* frame = std::get_if<Frame>(&cut);
    is_right_so_far_ = frame != nullptr && next_ < expected_.frames.size() &&
                       std::ranges::equal(std::span{exact}.first(frame->size_bytes()), expected_.frames[next_]) &&
                       frame->payload.data() == exact.data() + kHeaderBytes;
    if (!is_right_so_far_) return false;
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(frame->size_bytes()));
    ++next_;
    return true;
  }
  // Without its header a frame is known to need one, no more.
  [[nodiscard]] std::size_t needed() const {
    return waiting_.size() < kHeaderBytes || next_ == expected_.frames.size() ? kHeaderBytes
                                                                              : expected_.frames[next_].size();
  }

  const Stream& expected_;
  Buffer waiting_;
  std::size_t next_ = 0;
  bool is_right_so_far_ = true;
};

}  // namespace

TEST_CASE("a stream in two pieces gives the same frames, wherever it is cut") {
  const Stream stream = stream_of(GENERATE(true, false));
  REQUIRE(stream.frames.size() > 8);
  for (std::size_t cut = 0; cut <= stream.bytes.size(); ++cut) {
    CAPTURE(cut);
    Receiver receiver{stream};
    receiver.feed(std::span{stream.bytes}.first(cut));
    receiver.feed(std::span{stream.bytes}.subspan(cut));
    REQUIRE(receiver.is_right_so_far());
    REQUIRE(receiver.frames() == stream.frames.size());
  }
}

TEST_CASE("a stream in pieces of one size gives the same frames, byte by byte too") {
  const Stream stream = stream_of(GENERATE(true, false));
  const std::size_t piece = GENERATE(1U, 2U, 3U, 7U, 8U, 9U, 64U);
  CAPTURE(piece);
  Receiver receiver{stream};
  for (std::size_t at = 0; at < stream.bytes.size(); at += piece) {
    CAPTURE(at);
    receiver.feed(std::span{stream.bytes}.subspan(at, std::min(piece, stream.bytes.size() - at)));
    REQUIRE(receiver.is_right_so_far());
  }
  CHECK(receiver.frames() == stream.frames.size());
}
