// What callers send: paths, bodies, parameters, times, cookies, URLs of webhooks.
#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "console/accounts.h"
#include "console/asset_facts.h"
#include "console/event_hub.h"
#include "console/request_fields.h"
#include "console/routes.h"
#include "console/time_text.h"
#include "console/webhooks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::console;
  std::string text(reinterpret_cast<const char*>(data), size);
  weir::net::ServerRequest request;
  request.method = "POST";
  request.path = text;
  request.headers = {{"content-type", "application/json"}, {"cookie", text}};
  request.body = text;
  request.query = {{"limit", text}, {"q", text}, {"id", text}, {"flag", text}};
  static_cast<void>(FindRoute("GET", text));
  static constexpr std::array<std::string_view, 2> kWords = {"a", "b"};
  BodyFields body(request);
  body.Text("name", 1, 100);
  body.OptionalWord("word", kWords);
  body.OptionalNumber("number", -5, 5);
  body.OptionalReal("real", 0, 1);
  body.OptionalBool("flag");
  body.OptionalTexts("list", 10, 20);
  static_cast<void>(body.Fault());
  QueryFields query(request);
  query.Page();
  query.Text("q", 200);
  query.Id("id");
  query.Bool("flag");
  if (auto fault = query.Fault()) static_cast<void>(ProblemAnswer(*fault));
  if (auto time = ParseTime(text))
    if (ParseTime(TimeText(*time)) != *time / 1000 * 1000) __builtin_trap();
  static_cast<void>(CookieOf(request, "weir_session"));
  static_cast<void>(CheckWebhookUrl(text));
  static_cast<void>(IsInternalAddress(text));
  static_cast<void>(ParseFindingName(text));
  static_cast<void>(ReadFilter(text));
  static_cast<void>(ReadFacts(text));
  static_cast<void>(ApiEvent({1, "finding", text, 0}));
  return 0;
}
