// weir db compare
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "advisory/version.h"
#include "base/file.h"
#include "base/strings.h"
#include "cli/command.h"

namespace weir::cli {
namespace {

struct CompareArguments {
  std::string scheme;
  std::vector<std::string> versions;
};

Result<std::string_view> Compare(advisory::Scheme scheme, std::string_view a, std::string_view b) {
  WEIR_ASSIGN(std::strong_ordering order, advisory::CompareVersions(scheme, a, b));
  return order < 0 ? std::string_view("<") : order > 0 ? std::string_view(">") : std::string_view("=");
}

/// One "A B" a line, one answer a line. A line that cannot be read is answered "?" so that answers stay in
/// step.
int CompareLines(advisory::Scheme scheme) {
  std::string line, out;
  std::size_t number = 0;
  int status = kDone;
  while (std::getline(std::cin, line)) {
    ++number;
    std::string_view rest = Trim(line);
    std::size_t space = rest.find_first_of(" \t");
    Result<std::string_view> answer =
        space == std::string_view::npos ? Result<std::string_view>(Err(Code::kMalformed, "not two versions"))
                                        : Compare(scheme, rest.substr(0, space), Trim(rest.substr(space)));
    if (!answer) {
      std::fprintf(stderr, "weir: line %zu: %s\n", number, answer.error().message.c_str());
      status = kError;
    }
    out += answer ? *answer : "?";
    out += '\n';
    if (out.size() > 64 * 1024) {
      std::fwrite(out.data(), 1, out.size(), stdout);
      out.clear();
    }
  }
  std::fwrite(out.data(), 1, out.size(), stdout);
  return status;
}

int RunCompare(const CompareArguments& arguments) {
  Result<advisory::Scheme> scheme = advisory::ParseScheme(arguments.scheme);
  if (!scheme) return Fail(scheme.error());
  if (arguments.versions.empty()) return CompareLines(*scheme);
  if (arguments.versions.size() != 2)
    return Fail(
        {Code::kInvalidArgument, "give two versions, or none to read \"A B\" lines from standard input"});
  Result<std::string_view> answer = Compare(*scheme, arguments.versions[0], arguments.versions[1]);
  if (!answer) return Fail(answer.error());
  std::printf("%s\n", std::string(*answer).c_str());
  return kDone;
}

}  // namespace

void AddDbCompareCommand(CLI::App& db, Session& session) {
  auto arguments = std::make_shared<CompareArguments>();
  CLI::App& command =
      AddCommand(db, "compare", "Print how two versions stand to each other: <, = or >.",
                 "weir db compare --scheme deb 1.0~rc1-1 1.0-1\n"
                 "weir db compare --scheme pep440 < pairs.txt     one \"A B\" a line, one answer a line");
  command
      .add_option("--scheme", arguments->scheme,
                  "deb, rpm, apk, semver, npm, pep440, maven, gem, go, nuget, composer, fuzzy")
      ->required();
  command.add_option("VERSION", arguments->versions, "A and B; without them, lines from standard input")
      ->expected(0, 2);
  command.callback(
      [arguments, &session] { session.action = [arguments] { return RunCompare(*arguments); }; });
}

}  // namespace weir::cli
