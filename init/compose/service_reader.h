// One service of a Compose file, read on top of what is known of it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "init/compose/stack.h"
#include "init/compose/yaml.h"

namespace usher {

class ServiceReader {
 public:
  // `file` is where the node stands; relative paths begin at its folder.
  ServiceReader(std::string file, const ComposeVariables& variables)
      : file_(std::move(file)), variables_(variables) {}

  // Files that top-level `configs` name, by their names there.
  void configs(const YamlView& node);
  void read(const YamlView& node, ComposeService& service) const;
  ComposePlace place(const YamlView& node) const { return {file_, node.line(), node.column()}; }
  // With its variables in place; empty where they cannot be known.
  std::string known(std::string_view text) const { return interpolate(text, variables_).value_or(""); }
  // A path as whoever stands in this folder sees it.
  std::string here(const std::string& path) const;

 private:
  void text_of(const YamlView& node, std::string_view key, std::optional<ComposeText>& out) const;
  void healthcheck(const YamlView& node, ComposeService& service) const;
  void environment(const YamlView& node, ComposeService& service) const;
  void environment_files(const YamlView& node, ComposeService& service) const;
  void environment_file(const YamlView& item, ComposeService& service) const;
  void dependencies(const YamlView& node, ComposeService& service) const;
  void links(const YamlView& node, ComposeService& service) const;
  void hosts(const YamlView& node, ComposeService& service) const;
  void mounts(const YamlView& node, ComposeService& service) const;
  void config_mounts(const YamlView& node, ComposeService& service) const;
  void command(const YamlView& node, std::optional<std::vector<std::string>>& out) const;
  void build(const YamlView& node, ComposeService& service) const;
  std::vector<std::string> words(const YamlView& node) const;

  const std::string file_;
  const ComposeVariables& variables_;
  std::map<std::string, std::string> configs_;
};

}  // namespace usher
