#include "server/net/tls/test_certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <random>
#include <stdexcept>

namespace lastbeat::test {
namespace {

template <auto free>
struct Free {
  template <class Object>
  void operator()(Object* object) const noexcept {
    free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using File = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;

void check(bool good) {
  if (!good) throw std::runtime_error("OpenSSL cannot make a certificate");
}

Certificate read_certificate(const std::string& path) {
  const File file{BIO_new_file(path.c_str(), "r")};
  Certificate certificate{PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr)};
  check(certificate != nullptr);
  return certificate;
}

Key read_key(const std::string& path) {
  const File file{BIO_new_file(path.c_str(), "r")};
  Key key{PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, nullptr)};
  check(key != nullptr);
  return key;
}

void add_extension(X509& certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
  const Extension extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  check(extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1);
}

// Signed by `issuer`, or by itself when there is none.
CertificateFiles make(const std::filesystem::path& folder, const std::string& name, bool is_authority,
                      const CertificateFiles* issuer) {
  constexpr long kHour = 3600;
  const Key key{EVP_EC_gen("P-256")};
  const Certificate certificate{X509_new()};
  check(key && certificate);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), std::random_device{}());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kHour);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  check(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()),
                                   -1, -1, 0) == 1);
  if (issuer == nullptr) {
    X509_set_issuer_name(certificate.get(), subject);
  } else {
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(read_certificate(issuer->cert).get()));
  }
  add_extension(*certificate, NID_basic_constraints, is_authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!is_authority) add_extension(*certificate, NID_subject_alt_name, "DNS:" + name + ",IP:127.0.0.1");
  const Key issuer_key = issuer == nullptr ? nullptr : read_key(issuer->key);
  check(X509_sign(certificate.get(), issuer_key ? issuer_key.get() : key.get(), EVP_sha256()) > 0);

  CertificateFiles files{.cert = (folder / (name + ".pem")).string(), .key = (folder / (name + ".key")).string()};
  const File cert_file{BIO_new_file(files.cert.c_str(), "w")};
  const File key_file{BIO_new_file(files.key.c_str(), "w")};
  check(PEM_write_bio_X509(cert_file.get(), certificate.get()) == 1);
  check(PEM_write_bio_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return files;
}

std::filesystem::path make_folder() {
  static std::atomic<int> count{0};
  auto folder = std::filesystem::temp_directory_path() /
                ("lastbeat-tls-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
  std::filesystem::create_directory(folder);
  return folder;
}

}  // namespace

TestCertificates::TestCertificates() : folder_{make_folder()}, ca_{make(folder_, "authority", true, nullptr)} {}
TestCertificates::~TestCertificates() { std::filesystem::remove_all(folder_); }

CertificateFiles TestCertificates::issue(const std::string& name) const { return make(folder_, name, false, &ca_); }

CertificateFiles TestCertificates::issue_alone(const std::string& name) const {
  return make(folder_, name, false, nullptr);
}

std::string TestCertificates::write(const std::string& name, const std::string& content) const {
  const auto path = folder_ / name;
  std::ofstream{path} << content;
  return path.string();
}

}  // namespace lastbeat::test
