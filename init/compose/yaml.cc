#include "init/compose/yaml.h"

#include <yaml.h>

#include <map>

namespace usher {

struct Yaml::Document {
  yaml_document_t yaml{};
  bool loaded = false;
  ~Document() {
    if (loaded) yaml_document_delete(&yaml);
  }
};

namespace {

// libyaml reads the document only, but its functions want it to be writable.
yaml_document_t* of(const void* document) {
  return static_cast<yaml_document_t*>(const_cast<void*>(document));
}

const yaml_node_t* node_of(const void* document, int node) {
  return node == 0 ? nullptr : yaml_document_get_node(of(document), node);
}

bool means_null(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// libyaml's time grows with the square of the depth. Brackets in texts count, too, which is no harm.
bool is_too_deep(std::string_view text) {
  constexpr int kDeepest = 500;
  int depth = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (depth > kDeepest) return true;
  }
  return false;
}

}  // namespace

Yaml::Yaml(std::string_view text) : document_(std::make_unique<Document>()) {
  if (is_too_deep(text)) {
    problem_ = "is nested too deep";
    return;
  }
  yaml_parser_t parser;
  if (yaml_parser_initialize(&parser) == 0) {
    problem_ = "out of memory";
    return;
  }
  yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  document_->loaded = yaml_parser_load(&parser, &document_->yaml) != 0;
  if (!document_->loaded) {
    problem_ = parser.problem ? parser.problem : "cannot be read";
    line_ = static_cast<unsigned>(parser.problem_mark.line) + 1;
    column_ = static_cast<unsigned>(parser.problem_mark.column) + 1;
  }
  yaml_parser_delete(&parser);
}

Yaml::~Yaml() = default;

YamlView Yaml::root() const {
  if (!document_->loaded || !yaml_document_get_root_node(&document_->yaml)) return {};
  return {&document_->yaml, 1};
}

std::vector<YamlTwice> Yaml::twice() const {
  std::vector<YamlTwice> out;
  if (!document_->loaded) return out;
  const auto& nodes = document_->yaml.nodes;
  for (int index = 1; index <= nodes.top - nodes.start; ++index) {
    const yaml_node_t& node = nodes.start[index - 1];
    if (node.type != YAML_MAPPING_NODE) continue;
    std::map<std::string_view, YamlView> known;
    for (const yaml_node_pair_t* pair = node.data.mapping.pairs.start;
         pair != node.data.mapping.pairs.top; ++pair) {
      const YamlView key(&document_->yaml, pair->key);
      if (!key.is_text()) continue;
      const auto [first, is_new] = known.emplace(key.text(), key);
      if (!is_new) out.push_back({key, first->second});
    }
  }
  return out;
}

bool YamlView::is_map() const {
  const yaml_node_t* const node = node_of(document_, node_);
  return node && node->type == YAML_MAPPING_NODE;
}

bool YamlView::is_list() const {
  const yaml_node_t* const node = node_of(document_, node_);
  return node && node->type == YAML_SEQUENCE_NODE;
}

bool YamlView::is_text() const {
  const yaml_node_t* const node = node_of(document_, node_);
  return node && node->type == YAML_SCALAR_NODE;
}

std::string_view YamlView::text() const {
  if (!is_text()) return {};
  const auto& scalar = node_of(document_, node_)->data.scalar;
  const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
  const bool null = scalar.style == YAML_PLAIN_SCALAR_STYLE && means_null(text);
  return null ? std::string_view() : text;
}

bool YamlView::is_null() const {
  if (!is_text()) return !*this;
  const auto& scalar = node_of(document_, node_)->data.scalar;
  return scalar.style == YAML_PLAIN_SCALAR_STYLE && text().empty();
}

std::string_view YamlView::tag() const {
  const yaml_node_t* const node = node_of(document_, node_);
  const char* const tag = node ? reinterpret_cast<const char*>(node->tag) : nullptr;
  // libyaml gives those that have none one of YAML's own.
  return tag && !std::string_view(tag).starts_with("tag:yaml.org,") ? tag : std::string_view();
}

YamlView YamlView::find(std::string_view key) const {
  for (const YamlEntry& entry : entries())
    if (entry.key.text() == key) return entry.value;
  return {};
}

std::vector<YamlEntry> YamlView::entries() const {
  std::vector<YamlEntry> out;
  std::set<std::string_view> known;
  unsigned budget = 1000;  // maps that merge each other have no end
  add_entries(out, known, budget);
  return out;
}

void YamlView::add_entries(std::vector<YamlEntry>& out, std::set<std::string_view>& known,
                           unsigned& budget) const {
  if (!is_map() || budget == 0) return;
  --budget;
  const auto& pairs = node_of(document_, node_)->data.mapping.pairs;
  std::vector<YamlView> merged;
  for (const yaml_node_pair_t* pair = pairs.start; pair != pairs.top; ++pair) {
    const YamlView key(document_, pair->key), value(document_, pair->value);
    if (key.text() == "<<")
      merged.push_back(value);
    else if (known.insert(key.text()).second)
      out.push_back({key, value});
  }
  for (const YamlView& value : merged) {
    if (!value.is_list()) value.add_entries(out, known, budget);
    for (const YamlView& item : value.items()) item.add_entries(out, known, budget);
  }
}

std::vector<YamlView> YamlView::items() const {
  std::vector<YamlView> out;
  if (!is_list()) return out;
  const auto& list = node_of(document_, node_)->data.sequence.items;
  for (const yaml_node_item_t* item = list.start; item != list.top; ++item)
    out.push_back({document_, *item});
  return out;
}

unsigned YamlView::line() const {
  const yaml_node_t* const node = node_of(document_, node_);
  return node ? static_cast<unsigned>(node->start_mark.line) + 1 : 0;
}

unsigned YamlView::column() const {
  const yaml_node_t* const node = node_of(document_, node_);
  return node ? static_cast<unsigned>(node->start_mark.column) + 1 : 0;
}

}  // namespace usher
