#include "store/problem_codec.h"

#include "store/byte_writer.h"

namespace weir::store {

std::string EncodeProblems(std::span<const model::Problem> problems) {
  ByteWriter out;
  for (const model::Problem& problem : problems) {
    out.U8(static_cast<std::uint8_t>(problem.code));
    out.Text(problem.path);
    out.Text(problem.message);
    out.Uvarint(problem.count);
  }
  return out.Take();
}

Result<void> DecodeProblems(Bytes bytes, std::vector<model::Problem>& out) {
  ByteReader in(bytes);
  while (in.ok() && !in.empty()) {
    model::Problem problem;
    std::uint8_t code = in.U8();
    problem.code = code <= static_cast<std::uint8_t>(Code::kInternal) ? Code{code} : Code::kInternal;
    problem.path = in.TakeText(in.Uvarint());
    problem.message = in.TakeText(in.Uvarint());
    problem.count = in.Uvarint();
    out.push_back(std::move(problem));
  }
  if (!in.ok()) return Err(Code::kMalformed, "a stored list of problems is damaged");
  return {};
}

}  // namespace weir::store
