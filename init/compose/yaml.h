// YAML as a tree to look around in, with the place of everything. yaml.cc is the only file that sees
// libyaml. For commands only: PID 1 reads no YAML.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace usher {

struct YamlEntry;

// A node of a Yaml, which has to outlive it; or nothing.
class YamlView {
 public:
  YamlView() = default;
  explicit operator bool() const { return node_ != 0; }
  bool is_map() const;
  bool is_list() const;
  bool is_text() const;
  bool is_null() const;           // nothing stands there, or null, or ~
  std::string_view text() const;  // of a scalar that is not null; otherwise empty
  std::string_view tag() const;   // "!reset" and the like; empty where none is written

  // Of a map: what its merge keys (`<<`) bring included, unless the map has it itself.
  YamlView find(std::string_view key) const;
  std::vector<YamlEntry> entries() const;
  std::vector<YamlView> items() const;  // of a list

  unsigned line() const, column() const;  // of its begin, from 1

 private:
  friend class Yaml;
  YamlView(const void* document, int node) : document_(document), node_(node) {}
  void add_entries(std::vector<YamlEntry>& out, std::set<std::string_view>& known,
                   unsigned& budget) const;

  const void* document_ = nullptr;
  int node_ = 0;
};

struct YamlEntry {
  YamlView key, value;
};

// A key that a map has had before.
struct YamlTwice {
  YamlView key, first;
};

// The first document of a text.
class Yaml {
 public:
  explicit Yaml(std::string_view text);
  ~Yaml();
  Yaml(const Yaml&) = delete;
  Yaml& operator=(const Yaml&) = delete;

  YamlView root() const;  // nothing where there is a problem, or no document
  std::vector<YamlTwice> twice() const;  // keys that are there twice, in all maps
  const std::string& problem() const { return problem_; }
  unsigned line() const { return line_; }  // of the problem
  unsigned column() const { return column_; }

 private:
  struct Document;
  std::unique_ptr<Document> document_;
  std::string problem_;
  unsigned line_ = 0, column_ = 0;
};

}  // namespace usher
