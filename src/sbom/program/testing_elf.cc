#include "sbom/program/testing_elf.h"

namespace weir::sbom {
namespace {

class Writer {
 public:
  explicit Writer(ElfShape shape) : shape_(shape) {}
  Writer& U16(std::uint64_t value) { return Put(value, 2); }
  Writer& U32(std::uint64_t value) { return Put(value, 4); }
  Writer& Word(std::uint64_t value) { return Put(value, shape_.wide ? 8 : 4); }
  Writer& Text(std::string_view text) {
    out_ += text;
    return *this;
  }
  const std::string& out() const { return out_; }

 private:
  Writer& Put(std::uint64_t value, std::size_t size) {
    out_ += EncodeInteger(value, size, shape_.big_endian);
    return *this;
  }
  ElfShape shape_;
  std::string out_;
};

struct Row {
  std::uint64_t name = 0, type = 0, flags = 0, address = 0, offset = 0, size = 0;
};

void PutRow(Writer& writer, const Row& row) {
  writer.U32(row.name).U32(row.type).Word(row.flags).Word(row.address).Word(row.offset).Word(row.size);
  writer.U32(0).U32(0).Word(1).Word(0);
}

}  // namespace

std::string EncodeInteger(std::uint64_t value, std::size_t size, bool big_endian) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) {
    std::size_t shift = 8 * (big_endian ? size - 1 - i : i);
    out += static_cast<char>((value >> shift) & 0xffU);
  }
  return out;
}

std::string MakeElf(const std::vector<ElfSection>& sections, ElfShape shape) {
  std::size_t header_size = shape.wide ? 64 : 52, segment_size = shape.wide ? 56 : 32,
              row_size = shape.wide ? 64 : 40;
  std::size_t segments = 0;
  for (const ElfSection& section : sections) segments += section.address != 0 ? 1U : 0U;
  std::size_t data_at = header_size + segments * segment_size;
  std::string data, names(1, '\0');
  std::vector<Row> rows(1);
  for (const ElfSection& section : sections) {
    while ((data_at + data.size()) % 16 != 0) data += '\0';
    rows.push_back(
        {names.size(), 1, section.flags, section.address, data_at + data.size(), section.content.size()});
    names += section.name + '\0';
    data += section.content;
  }
  rows.push_back({names.size(), 3, 0, 0, data_at + data.size(), names.size() + 10});
  names += std::string(".shstrtab") + '\0';
  data += names;

  Writer writer(shape);
  writer
      .Text(
          "\x7f"
          "ELF")
      .Text(std::string(1, shape.wide ? '\2' : '\1'))
      .Text(std::string(1, shape.big_endian ? '\2' : '\1'));
  writer.Text(std::string(1, '\1') + std::string(9, '\0'));
  writer.U16(2)
      .U16(62)
      .U32(1)
      .Word(0)
      .Word(segments != 0 ? header_size : 0)
      .Word(data_at + data.size())
      .U32(0);
  writer.U16(header_size).U16(segment_size).U16(segments).U16(row_size).U16(rows.size()).U16(rows.size() - 1);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    if (sections[i].address == 0) continue;
    const Row& row = rows[i + 1];
    writer.U32(1);
    if (shape.wide) writer.U32(6);
    writer.Word(row.offset).Word(row.address).Word(row.address).Word(row.size).Word(row.size);
    if (!shape.wide) writer.U32(6);
    writer.Word(16);
  }
  writer.Text(data);
  for (const Row& row : rows) PutRow(writer, row);
  return writer.out();
}

}  // namespace weir::sbom
