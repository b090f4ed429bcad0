#include "e2e/proxy.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "e2e/free_port.hpp"

namespace lastbeat::test {
namespace {

constexpr const char* kName = "presence.example";

std::string content_of(const std::string& path) {
  std::ifstream file{path};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Change {
  std::string from;
  std::string to;
};

// The documented file with every `from` replaced. Throws when there is none: then the document has changed.
std::string documented(const std::string& name, const std::vector<Change>& changes) {
  std::string text = content_of(LASTBEAT_SOURCE_DIR "/docs/proxies/" + name);
  for (const auto& [from, to] : changes) {
    std::size_t at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error(std::string{name}.append(" has no ").append(from));
    for (; at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  }
  return text;
}

std::string loopback(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

// Both programs live where not everybody looks. One process, so that it ends with its parent's wish.
std::unique_ptr<Process> launch(const std::string& command) {
  return std::make_unique<Process>("sh", std::vector<std::string>{"-c", "PATH=\"$PATH:/usr/sbin\"; exec " + command});
}

}  // namespace

Proxy::Proxy(ProxyKind kind, const Daemon& daemon) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  std::string said;
  while (std::chrono::steady_clock::now() < deadline) {
    // A port may be gone again before the proxy has it: it ends then, and the next one tries others.
    if (!process_ || !process_->is_running()) {
      if (process_) {
        process_->wait();
        said = process_->output();
      }
      start(kind, daemon);
    }
    // Nobody else has a certificate that curl trusts here.
    if (statuses("/count") == "401\n") return;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  throw std::runtime_error("the proxy does not start; it said: " + said);
}

void Proxy::start(ProxyKind kind, const Daemon& daemon) {
  port_ = free_port();
  binary_port_ = free_port();
  const CertificateFiles files = certificates_.issue(kName);
  const std::string folder = std::filesystem::path{files.cert}.parent_path().string() + "/";
  if (kind == ProxyKind::kNginx) {
    const std::string site = certificates_.write(
        "site.conf", documented("nginx.conf", {{"listen 443", "listen " + loopback(port_)},
                                               {"127.0.0.1:7231", daemon.http_address()},
                                               {"/etc/nginx/presence.example.pem", files.cert},
                                               {"/etc/nginx/presence.example.key", files.key},
                                               {"/var/log/nginx/lastbeat.log", folder + "access.log"}}));
    std::string temporary;
    for (const char* what : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
      temporary += std::string{what} + "_temp_path " + folder + what + "; ";
    }
    // What the system's nginx.conf does around it.
    const std::string file =
        certificates_.write("nginx.conf", "daemon off; master_process off; pid " + folder + "nginx.pid; error_log " +
                                              folder + "error.log;\n" + "events { worker_connections 1024; }\nhttp { " +
                                              temporary + "include " + site + "; }\n");
    process_ = launch("nginx -c " + file + " -p " + folder);
  } else {
    const std::string both = certificates_.write("both.pem", content_of(files.cert) + content_of(files.key));
    const std::string file =
        certificates_.write("haproxy.cfg", documented("haproxy.cfg", {{"bind :443", "bind " + loopback(port_)},
                                                                      {"bind :7233", "bind " + loopback(binary_port_)},
                                                                      {"127.0.0.1:7231", daemon.http_address()},
                                                                      {"127.0.0.1:7230", daemon.address()},
                                                                      {"/etc/haproxy/presence.example.pem", both}}));
    const std::string global = certificates_.write("global.cfg", "global\n  maxconn 2000\n  nbthread 2\n");
    process_ = launch("haproxy -db -f " + global + " -f " + file);
  }
}

Finished Proxy::curl(const std::string& path, const std::vector<std::string>& arguments) const {
  std::vector<std::string> all{"-s",
                               "--max-time",
                               "60",
                               "--cacert",
                               ca(),
                               "--resolve",
                               std::string{kName} + ":" + std::to_string(port_) + ":127.0.0.1",
                               "--noproxy",
                               "*",
                               "--path-as-is"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  all.push_back("https://" + std::string{kName} + ":" + std::to_string(port_) + path);
  return run("curl", all);
}

std::string Proxy::statuses(const std::string& path, const std::vector<std::string>& arguments) const {
  std::vector<std::string> all{"-o", "/dev/null", "-w", "%{http_code}\\n"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return curl(path, all).output;
}

std::string Proxy::address() const { return loopback(port_); }
std::string Proxy::binary_address() const { return loopback(binary_port_); }

}  // namespace lastbeat::test
