#include "redis/map_source.hpp"

#include <algorithm>
#include <utility>

#include "redis/greeting.hpp"
#include "redis/node.hpp"

namespace lastbeat::redis {

namespace resp = protocol::resp;

MapSource::MapSource(const asio::any_io_executor& executor, const Config& config, MapOwner& owner)
    : config_{config}, owner_{owner}, executor_{executor}, deadline_{executor} {}

void MapSource::ask(std::vector<std::string> servers) {
  servers_ = std::move(servers);
  std::reverse(servers_.begin(), servers_.end());
  connect();
}

void MapSource::connect() {
  signs_in_ = !config_.address.password.empty();
  reader_.emplace(servers_.back());
  connection_ =
      std::make_shared<Connection>(executor_, route_to(servers_.back(), config_), static_cast<ConnectionOwner&>(*this));
  connection_->open();
  deadline_.expires_after(config_.timeout);
  deadline_.async_wait([this](const std::error_code& error) {
    if (!error && connection_) fail("no map of the slots within " + std::to_string(config_.timeout.count()) + " ms");
  });
}

void MapSource::on_open() {
  if (signs_in_) append_auth(connection_->out(), config_.address);
  append_command(connection_->out(), {"CLUSTER", "SLOTS"});
  connection_->flush();
}

void MapSource::on_element(const resp::Element& element) {
  if (element.type == resp::Type::kError) return fail(std::string{element.text});
  if (std::exchange(signs_in_, false)) return;
  switch (reader_->take(element)) {
    case SlotMapReader::State::kMore:
      return;
    case SlotMapReader::State::kMalformed:
      return fail("its reply is not that of CLUSTER SLOTS");
    case SlotMapReader::State::kDone:
      close();
      owner_.on_map(reader_->take_ranges());
  }
}

void MapSource::fail(const std::string& reason) {
  const std::string full = servers_.back() + ": " + reason;
  close();
  servers_.pop_back();
  if (servers_.empty()) return owner_.on_no_map(full);
  connect();
}

void MapSource::close() {
  deadline_.cancel();
  connection_->close();
  connection_.reset();
}

void MapSource::stop() {
  if (connection_) close();
}

}  // namespace lastbeat::redis
