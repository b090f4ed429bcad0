#include "log/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>

#include "log/utf8.hpp"
#include "text/json_writer.hpp"

namespace lastbeat::log {
namespace {

constexpr std::array<std::string_view, 6> kLevelNames{"trace", "debug", "info", "warn", "error", "off"};

// Beside spdlog's logger, which is one for the whole process too: what write() makes of a message.
std::atomic<Format>& format() noexcept {
  static std::atomic<Format> value{Format::kText};
  return value;
}

spdlog::level::level_enum spdlog_level(Level level) noexcept {
  switch (level) {
    case Level::kTrace:
      return spdlog::level::trace;
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      break;
  }
  return spdlog::level::off;
}

// The members of the line's object behind its time: "level":"info","message":"...",...
std::string json_members(Level level, std::string_view message, Fields fields) {
  text::JsonWriter json;
  json.begin_object();
  json.key("level").value(name_of(level));
  json.key("message").value(as_utf8(message));
  for (const Field& field : fields) {
    json.key(field.name);
    if (const auto* number = std::get_if<std::uint64_t>(&field.value)) {
      json.value(*number);
    } else {
      json.value(as_utf8(std::get<std::string_view>(field.value)));
    }
  }
  json.end_object();
  return json.text().substr(1, json.text().size() - 2);
}

// A message may hold what a peer or a file has said: it must not look like lines of its own.
std::string on_one_line(std::string_view message) {
  std::string line = as_utf8(message);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return line;
}

Level level_of(spdlog::level::level_enum level) noexcept {
  if (level >= spdlog::level::err) return Level::kError;
  return static_cast<Level>(level);  // below that the two count alike
}
static_assert(int{spdlog::level::trace} == static_cast<int>(Level::kTrace));
static_assert(int{spdlog::level::warn} == static_cast<int>(Level::kWarn));

// A level under the name that --log-level and JSON have for it: spdlog's own for kWarn is another.
class LevelName final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/, spdlog::memory_buf_t& into) override {
    const std::string_view name = name_of(level_of(message.level));
    into.append(name.data(), name.data() + name.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<LevelName>(); }
};

std::unique_ptr<spdlog::formatter> text_formatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<LevelName>('*').set_pattern("[%Y-%m-%d %H:%M:%S.%e] [%n] [%^%*%$] %v");
  return formatter;
}

spdlog::sink_ptr make_sink(Format format, std::ostream* to) {
  if (to != nullptr) return std::make_shared<spdlog::sinks::ostream_sink_mt>(*to, true);
  if (format == Format::kJson) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  return std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
}

}  // namespace

std::string_view name_of(Level level) noexcept { return kLevelNames[static_cast<std::size_t>(level)]; }

void set_up(Format how, Level level, std::ostream* to) {
  auto logger = std::make_shared<spdlog::logger>("lastbeatd", make_sink(how, to));
  if (how == Format::kJson) {
    logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})", spdlog::pattern_time_type::utc);
  } else {
    logger->set_formatter(text_formatter());
  }
  logger->set_level(spdlog_level(level));
  spdlog::set_default_logger(std::move(logger));
  format() = how;
}

void set_level(Level level) { spdlog::default_logger_raw()->set_level(spdlog_level(level)); }

void write(Level level, std::string_view message, Fields fields) noexcept {
  spdlog::logger* const logger = spdlog::default_logger_raw();
  if (!logger->should_log(spdlog_level(level))) return;
  try {
    const bool is_json = format() == Format::kJson;
    const std::string line = is_json ? json_members(level, message, fields) : on_one_line(message);
    logger->log(spdlog_level(level), spdlog::string_view_t{line.data(), line.size()});
  } catch (const std::exception&) {
    // No memory for the line.
    return;
  }
}

}  // namespace lastbeat::log
