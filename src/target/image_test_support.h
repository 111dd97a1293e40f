// For tests of this room: writes tar archives and images from a few words.
#pragma once

#include <zlib.h>
#include <zstd.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "target/test_support.h"

namespace weir::target {

class TarWriter {
 public:
  TarWriter& File(std::string_view name, std::string_view content, unsigned mode = 0644) {
    return Member(name, '0', {}, content, mode);
  }
  TarWriter& Folder(std::string_view name) { return Member(name, '5', {}, {}, 0755); }
  TarWriter& HardLink(std::string_view name, std::string_view to) { return Member(name, '1', to, {}, 0644); }
  TarWriter& Link(std::string_view name, std::string_view to) { return Member(name, '2', to, {}, 0777); }
  TarWriter& Device(std::string_view name) { return Member(name, '3', {}, {}, 0600); }
  /// A PAX header for the member that follows.
  TarWriter& Pax(const std::vector<std::pair<std::string, std::string>>& records) {
    std::string text;
    for (const auto& [key, value] : records) {
      std::size_t length = key.size() + value.size() + 3;
      while (length != std::to_string(length).size() + key.size() + value.size() + 3)
        length = std::to_string(length).size() + key.size() + value.size() + 3;
      text += std::to_string(length) + " " + key + "=" + value + "\n";
    }
    return Member("pax", 'x', {}, text, 0644);
  }
  TarWriter& GnuLongName(std::string_view name) {
    return Member("././@LongLink", 'L', {}, std::string(name) + '\0', 0644);
  }
  TarWriter& Member(std::string_view name, char type, std::string_view link, std::string_view content,
                    unsigned mode) {
    std::string header(512, '\0');
    header.replace(0, std::min<std::size_t>(name.size(), 100), name.substr(0, 100));
    Octal(header, 100, 8, mode);
    Octal(header, 108, 8, 0);
    Octal(header, 116, 8, 0);
    Octal(header, 124, 12, content.size());
    Octal(header, 136, 12, 0);
    header[156] = type;
    header.replace(157, std::min<std::size_t>(link.size(), 100), link.substr(0, 100));
    header.replace(257, 8, std::string_view("ustar\00000", 8));
    return Raw(std::move(header), content);
  }
  /// A header whose checksum is put in here, and data with padding.
  TarWriter& Raw(std::string header, std::string_view content) {
    header.replace(148, 8, 8, ' ');
    unsigned sum = 0;
    for (char c : header) sum += static_cast<unsigned char>(c);
    char text[9];
    std::snprintf(text, sizeof text, "%06o", sum & 0777777U);
    header.replace(148, 7, std::string_view(text, 7));
    bytes_ += header;
    bytes_ += content;
    bytes_.append((512 - content.size() % 512) % 512, '\0');
    return *this;
  }
  static void Octal(std::string& header, std::size_t at, std::size_t length, std::uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, "%0*lo", static_cast<int>(length - 1),
                  static_cast<unsigned long>(value));
    header.replace(at, length - 1, std::string_view(text).substr(0, length - 1));
  }
  /// The whole archive, or without its end mark.
  std::string Bytes(bool end = true) const { return end ? bytes_ + std::string(1024, '\0') : bytes_; }

 private:
  std::string bytes_;
};

inline std::string Sha256(std::string_view text) { return DigestHex(DigestKind::kSha256, AsBytes(text)); }

inline std::string Gzip(std::string_view text) {
  z_stream state{};
  EXPECT_EQ(::deflateInit2(&state, 9, Z_DEFLATED, MAX_WBITS + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(::deflateBound(&state, text.size()) + 64, '\0');
  std::string in(text);
  state.next_in = static_cast<Bytef*>(static_cast<void*>(in.data()));
  state.avail_in = static_cast<uInt>(in.size());
  state.next_out = static_cast<Bytef*>(static_cast<void*>(out.data()));
  state.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::deflate(&state, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - state.avail_out);
  ::deflateEnd(&state);
  return out;
}

inline std::string Zstd(std::string_view text) {
  std::string out(::ZSTD_compressBound(text.size()), '\0');
  out.resize(::ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

inline std::string Quoted(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "\"" : ",\"") + item + "\"";
  return out;
}

/// LAYERS are tar archives, base first.
struct TestImage {
  std::vector<std::string> layers;
  std::vector<std::string> stored;  // as packed; empty: as they are

  std::string Config() const {
    std::vector<std::string> ids;
    std::string history;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      ids.push_back("sha256:" + Sha256(layers[i]));
      history += (i > 0 ? "," : "") + std::string(R"({"created_by":"step )") + std::to_string(i + 1) + "\"}";
      history += R"(,{"created_by":"ENV","empty_layer":true})";
    }
    return R"({"os":"linux","architecture":"amd64","config":{"Labels":{"b":"2","a":"1"}},"history":[)" +
           history + R"(],"rootfs":{"type":"layers","diff_ids":[)" + Quoted(ids) + "]}}";
  }
  const std::string& Stored(std::size_t i) const { return stored.empty() ? layers[i] : stored[i]; }

  std::string DockerArchive() const {
    TarWriter tar;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      names.push_back(std::to_string(i) + "/layer.tar");
      tar.File(names.back(), Stored(i));
    }
    std::string config = Config(), config_name = Sha256(config) + ".json";
    tar.File(config_name, config);
    tar.File("manifest.json", R"([{"Config":")" + config_name +
                                  R"(","RepoTags":["example/app:1"],"Layers":[)" + Quoted(names) + "]}]");
    return tar.Bytes();
  }
  /// Name to content, of an OCI layout.
  std::vector<std::pair<std::string, std::string>> OciFiles() const {
    std::vector<std::pair<std::string, std::string>> files{
        {"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"}};
    auto add = [&](const std::string& content) {
      files.emplace_back("blobs/sha256/" + Sha256(content), content);
      return R"("digest":"sha256:)" + Sha256(content) + R"(","size":)" + std::to_string(content.size());
    };
    std::string list;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      std::string one =
          R"({"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip",)" + add(Stored(i)) + "}";
      list += (i > 0 ? "," : "") + one;
    }
    std::string manifest =
        R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{)" +
        add(Config()) + R"(},"layers":[)" + list + "]}";
    std::string inner = R"({"schemaVersion":2,"manifests":[)"
                        R"({"platform":{"os":"unknown","architecture":"unknown"},"digest":"sha256:00"},)"
                        R"({"platform":{"os":"linux","architecture":"s390x"},"digest":"sha256:00"},)"
                        R"({"platform":{"os":"linux","architecture":"amd64"},)" +
                        add(manifest) + "}]}";
    files.emplace_back("index.json", R"({"schemaVersion":2,"manifests":[{)" + add(inner) +
                                         R"(,"annotations":{"org.opencontainers.image.ref.name":"v1"}}]})");
    return files;
  }
};

}  // namespace weir::target
