#include "net/request_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/strings.h"

namespace weir::net {
namespace {

namespace http = boost::beast::http;

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

/// What the library would let pass: a folded field, a NUL.
bool IsCleanHead(std::string_view raw) {
  return raw.find('\0') == raw.npos && raw.find("\r\n ") == raw.npos && raw.find("\r\n\t") == raw.npos;
}

bool IsKnownMethod(std::string_view method) {
  for (std::string_view known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    if (method == known) return true;
  return false;
}

}  // namespace

struct RequestParser::Impl {
  http::request_parser<http::string_body> parser;
};

RequestParser::RequestParser(std::size_t header_limit)
    : impl_(std::make_unique<Impl>()), header_limit_(header_limit) {
  impl_->parser.header_limit(static_cast<std::uint32_t>(header_limit));
  impl_->parser.body_limit(boost::none);  // the connection's matter: the limit depends on the head
}
RequestParser::~RequestParser() = default;

bool RequestParser::head_done() const { return impl_->parser.is_header_done(); }
bool RequestParser::done() const { return impl_->parser.is_done(); }
std::string& RequestParser::body() { return impl_->parser.get().body(); }

Result<std::size_t> RequestParser::Put(std::string_view bytes) {
  boost::beast::error_code error;
  std::size_t used = impl_->parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error == http::error::need_more) {
    // A head as large as the limit without an end; likewise a line of a chunk.
    if (used == 0 && bytes.size() > header_limit_)
      return Err(Code::kLimitExceeded, "the header is too large");
    return used;
  }
  if (error == http::error::header_limit) return Err(Code::kLimitExceeded, "the header is too large");
  if (error == http::error::bad_version) return Err(Code::kUnsupported, "only HTTP/1.1 is spoken here");
  if (error) return Err(Code::kMalformed, "not an HTTP request: " + error.message());
  if (head_done() && !head_taken_) {
    head_taken_ = true;
    WEIR_TRY(TakeHead(bytes.substr(0, used)));
  }
  return used;
}

Result<void> RequestParser::TakeHead(std::string_view raw) {
  if (!IsCleanHead(raw)) return Err(Code::kMalformed, "the header has a folded line or a NUL");
  auto& message = impl_->parser.get();
  head_.method = View(message.method_string());
  head_.target = View(message.target());
  head_.keep_alive = impl_->parser.keep_alive() && message.version() == 11;
  if (!IsKnownMethod(head_.method)) return Err(Code::kUnsupported, "the method is not supported");
  std::size_t hosts = 0, lengths = 0, encodings = 0;
  for (const auto& field : message) {
    std::string name = ToLower(View(field.name_string()));
    std::string value(Trim(View(field.value())));
    if (name == "host") ++hosts;
    if (name == "content-length") {
      ++lengths;
      head_.content_length = ParseUint(value);
      if (!head_.content_length) return Err(Code::kMalformed, "Content-Length is not a number");
    } else if (name == "transfer-encoding") {
      ++encodings;
      if (!EqualsIgnoreCase(value, "chunked"))
        return Err(Code::kUnsupported, "Transfer-Encoding is not supported");
    } else if (name == "expect") {
      head_.expects_continue = EqualsIgnoreCase(value, "100-continue");
    }
    head_.headers.emplace_back(std::move(name), std::move(value));
  }
  if (message.version() == 11 && hosts != 1) return Err(Code::kMalformed, "one Host field is needed");
  if (hosts > 1 || lengths > 1 || encodings > 1 || (lengths > 0 && encodings > 0) ||
      (encodings > 0 && message.version() != 11))
    return Err(Code::kMalformed, "contradicting header fields");
  head_.has_body = lengths > 0 || encodings > 0;
  return {};
}

}  // namespace weir::net
