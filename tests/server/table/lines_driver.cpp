#include "server/table/lines_driver.hpp"

#include <stdexcept>
#include <string>

namespace lastbeat::test {
namespace {

constexpr unsigned kStripeBits = 1;
constexpr std::uint32_t kStripe = 1;  // the other one stays empty: nobody may write to its lines
constexpr std::uint32_t kMostLines = 256;

void require(bool condition, const char* what, std::uint64_t number) {
  if (!condition) throw std::logic_error(what + (": " + std::to_string(number)));
}

}  // namespace

LinesDriver::LinesDriver(unsigned rest_bits)
    : geometry_{kStripeBits, rest_bits + kStripeBits}, region_(geometry_.stripe_count() * kMostLines * 2) {
  copy_.prepare(kMostLines);
}

Lines LinesDriver::view() const { return {geometry_, region_.data(), kStripe, count_}; }

void LinesDriver::step(std::uint64_t what, std::uint64_t rest) {
  rest = geometry_.rest(rest);
  const auto stamp = kLeastStamp + static_cast<ShortStamp>(what >> 8U) % 0xFF'0000U;
  switch (what % 16) {
    case 0:
      rebuild(Geometry::whole_chunks(static_cast<std::uint32_t>(what >> 8U) % kMostLines));
      break;
    case 1:  // a step of growth, as the table does it
      rebuild(std::min(Geometry::chunk_end(count_), kMostLines));
      break;
    case 2:
    case 3:
    case 4:
      if (!model_.empty()) {
        const auto next = model_.lower_bound(rest);
        erase(next == model_.end() ? model_.begin()->first : next->first);
      }
      break;
    case 6:
      settle();
      break;
    case 5: {
      Lines lines = view();
      const Lines::Place place = lines.find(rest);
      require(place.stamp() == (model_.count(rest) == 0 ? 0 : model_[rest]), "found wrong", rest);
      break;
    }
    default:
      insert(rest, stamp);
      break;
  }
}

void LinesDriver::insert(std::uint64_t rest, ShortStamp stamp) {
  Lines lines = view();
  const Lines::Place place = lines.find(rest);
  if (!place.is_none()) {
    require(model_.count(rest) == 1, "found who was never there", rest);
    place.line->set_stamp(place.lane, stamp);
    model_[rest] = stamp;
    return;
  }
  require(model_.count(rest) == 0, "lost", rest);
  if (lines.insert(rest, stamp)) {
    model_[rest] = stamp;
    return;
  }
  ++refusals_;
  const bool has_plenty = model_.size() * 100 < std::uint64_t{count_} * Line::kLanes * 85;
  if (count_ >= 16 && has_plenty) ++early_refusals_;
  check();
}

void LinesDriver::erase(std::uint64_t rest) {
  Lines lines = view();
  const Lines::Place place = lines.find(rest);
  require(!place.is_none(), "lost", rest);
  place.line->clear(place.lane);
  model_.erase(rest);
}

void LinesDriver::rebuild(std::uint32_t count) {
  Lines lines = view();
  if (lines.rebuild(count, copy_)) count_ = count;
  require(lines.count() == count_, "views the wrong number of lines", lines.count());
  ++rebuilds_;
  check();
}

void LinesDriver::settle() {
  Lines lines = view();
  lines.settle();
  check();
  for (const auto& [rest, stamp] : model_) require(lines.find(rest).stamp() == stamp, "lost by settling", rest);
}

void LinesDriver::check() const {
  Lines lines = view();
  std::size_t found = 0;
  std::vector<bool> ours(region_.size());
  std::uint64_t guests = 0;
  if (count_ != 0) {
    const Geometry::Inverse inverse{geometry_, count_};
    for (std::uint32_t i = 0; i < count_; i = Geometry::chunk_end(i)) {
      const Lines::Chunk chunk = lines.chunk(i);
      for (std::uint32_t j = 0; j < chunk.size; ++j) {
        const Line& line = chunk.lines[j];
        ours[static_cast<std::size_t>(&line - region_.data())] = true;
        for (unsigned lane = 0; lane < Line::kLanes; ++lane) {
          if (line.stamp(lane) == 0) continue;
          ++found;
          guests += line.is_guest(lane) ? 1U : 0U;
          const std::uint64_t rest = lines.rest_at(line, i + j, lane, inverse);
          const auto user = model_.find(rest);
          require(user != model_.end() && user->second == line.stamp(lane), "holds who is not there", rest);
        }
      }
    }
  }
  require(found == model_.size(), "holds another number of users", found);
  const_cast<LinesDriver*>(this)->guests_seen_ += guests;
  for (std::size_t i = 0; i < region_.size(); ++i) {
    if (ours[i]) continue;
    const Line& line = region_[i];
    for (unsigned word = 0; word <= Line::kLanes; ++word) require(line.words()[word] == 0, "dirt in foreign line", i);
  }
}

}  // namespace lastbeat::test
