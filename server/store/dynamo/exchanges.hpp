// What the store asks DynamoDB while it serves.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "dynamo/exchange.hpp"
#include "dynamo/pending_reads.hpp"
#include "store/dynamo_config.hpp"

namespace lastbeat::dynamo {

// Told how they end.
class ExchangeOwner {
 public:
  // `asked`: when; the stamp is at least as new as that. None: there is no item.
  virtual void on_read(const PendingReads::Read& read, UnixStamp stamp, UnixTime asked) = 0;
  virtual void on_unread(const PendingReads::Read& read) = 0;
  // Or something newer is there.
  virtual void on_written(UserId user) = 0;
  virtual void on_unwritten(UserId user) = 0;

 protected:
  ~ExchangeOwner() = default;
};

class ReadExchange final : public Exchange {
 public:
  // `address` and `owner` outlive it, here as below.
  ReadExchange(const Address& address, std::vector<PendingReads::Read> reads, ExchangeOwner& owner);
  [[nodiscard]] Operation operation() const noexcept override { return Operation::kBatchGetItem; }
  [[nodiscard]] std::string body(UnixTime now) override;
  [[nodiscard]] Progress take(std::string_view reply) override;
  void give_up() override;

 private:
  const Address& address_;
  std::vector<PendingReads::Read> open_;
  ExchangeOwner& owner_;
  UnixTime asked_{};
};

class UpdateExchange final : public Exchange {
 public:
  UpdateExchange(const Address& address, const Rules& rules, const UserStamp& write, ExchangeOwner& owner)
      : address_{address}, rules_{rules}, write_{write}, owner_{owner} {}
  [[nodiscard]] Operation operation() const noexcept override { return Operation::kUpdateItem; }
  [[nodiscard]] std::string body(UnixTime now) override;
  [[nodiscard]] Progress take(std::string_view reply) override;
  [[nodiscard]] bool is_answered_by(const ServiceError& error) override;
  void give_up() override { owner_.on_unwritten(write_.user); }

 private:
  const Address& address_;
  const Rules rules_;
  const UserStamp write_;
  ExchangeOwner& owner_;
};

class PutExchange final : public Exchange {
 public:
  PutExchange(const Address& address, const Rules& rules, std::vector<UserStamp> writes, ExchangeOwner& owner)
      : address_{address}, rules_{rules}, open_{std::move(writes)}, owner_{owner} {}
  [[nodiscard]] Operation operation() const noexcept override { return Operation::kBatchWriteItem; }
  [[nodiscard]] std::string body(UnixTime now) override;
  [[nodiscard]] Progress take(std::string_view reply) override;
  void give_up() override;

 private:
  const Address& address_;
  const Rules rules_;
  std::vector<UserStamp> open_;
  ExchangeOwner& owner_;
};

// Whether DynamoDB answers. What comes of it, the owner of the caller is told anyway; `over` that it is over.
class ProbeExchange final : public Exchange {
 public:
  ProbeExchange(const Address& address, std::function<void()> over) : address_{address}, over_{std::move(over)} {}
  [[nodiscard]] Operation operation() const noexcept override { return Operation::kBatchGetItem; }
  [[nodiscard]] std::string body(UnixTime now) override;
  [[nodiscard]] Progress take(std::string_view reply) override;
  void give_up() override { over_(); }

 private:
  const Address& address_;
  const std::function<void()> over_;
};

}  // namespace lastbeat::dynamo
