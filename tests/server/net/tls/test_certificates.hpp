// Certificates as an authority issues them, in files that go with the test.
#pragma once

#include <filesystem>
#include <string>

namespace lastbeat::test {

struct CertificateFiles {
  std::string cert;
  std::string key;
};

// Threads: one at a time.
class TestCertificates {
 public:
  TestCertificates();
  ~TestCertificates();
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  // The authority's own certificate.
  [[nodiscard]] std::string ca() const { return ca_.cert; }
  // One that the authority signed, for `name` as a DNS name and for 127.0.0.1. The same name again replaces the files.
  [[nodiscard]] CertificateFiles issue(const std::string& name) const;
  // One that nobody signed but its owner.
  [[nodiscard]] CertificateFiles issue_alone(const std::string& name) const;
  [[nodiscard]] std::string write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path folder_;
  CertificateFiles ca_;
};

}  // namespace lastbeat::test
