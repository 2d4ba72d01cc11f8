#include "init/config/document.h"

#include <algorithm>
#include <utility>

#include "init/config/reader.h"

namespace usher {
namespace {

using Kind = Value::Kind;

constexpr std::size_t kDeepest = 16;
constexpr std::size_t kMostFiles = 64;

// A relative name is relative to the file that holds it.
std::string beside(const std::string& file, const std::string& name) {
  if (name.starts_with('/')) return name;
  return file.substr(0, file.rfind('/') + 1) + name;  // npos + 1 is 0
}

// One spelling for a path, as far as that can be told without asking the file system.
std::string normal(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, end - at);
    if (part == ".." && !parts.empty() && parts.back() != "..")
      parts.pop_back();
    else if (!part.empty() && part != ".")
      parts.push_back(part);
    at = end + 1;
  }
  std::string out = path.starts_with('/') ? "/" : "";
  for (const std::string& part : parts) out += part + '/';
  return out;
}

void mark_profile(Value& value, std::string_view profile) {
  value.place.source = Source::profile;
  value.place.profile = profile;
  for (Value& item : value.items) mark_profile(item, profile);
  for (Member& member : value.members) {
    member.place.source = Source::profile;
    member.place.profile = profile;
    mark_profile(member.value, profile);
  }
}

// Takes a member out of a table; an empty table if there is none.
std::pair<Value, bool> take_member(Value& table, std::string_view name) {
  const auto found = std::find_if(table.members.begin(), table.members.end(),
                                  [&](const Member& member) { return member.name == name; });
  if (found == table.members.end()) return {};
  std::pair<Value, bool> taken{std::move(found->value), true};
  table.members.erase(found);
  return taken;
}

class Reading {
 public:
  Reading(Pipes pipes, const Environment& environment, Problems& problems)
      : pipes_(pipes), environment_(environment), problems_(problems) {}

  void file(const std::string& name, const Place& named_at) {
    chain_.push_back(name);
    if (allowed(named_at)) read(name, named_at);
    chain_.pop_back();
  }
  Documents take() { return std::move(documents_); }

 private:
  bool allowed(const Place& named_at) {
    const std::string path = normal(chain_.back());
    const bool cycle = std::any_of(chain_.begin(), chain_.end() - 1,
                                   [&](const std::string& each) { return normal(each) == path; });
    std::string why;
    if (cycle)
      why = "a file extends itself: " + chain();
    else if (chain_.size() > kDeepest)
      why = "more than " + std::to_string(kDeepest) + " files deep: " + chain();
    else if (++files_ > kMostFiles)
      why = "more than " + std::to_string(kMostFiles) + " files in all";
    if (why.empty()) return true;
    problems_.add(named_at, "extends", std::move(why));
    return false;
  }

  std::string chain() const {
    std::string out;
    for (const std::string& each : chain_) out += (out.empty() ? "" : " -> ") + each;
    return out;
  }

  void read(const std::string& name, const Place& named_at) {
    std::string why;
    const bool is_template = named_at.source != Source::standard;
    const auto text = read_text_file(name, why, is_template ? Pipes::refused : pipes_);
    if (!text) {
      if (!is_template)
        problems_.add({name, 0, 0, "", "cannot read: " + why});
      else
        problems_.add(named_at, "extends", "cannot read " + name + ": " + why);
      return;
    }
    auto document = std::make_unique<Document>();
    document->name = name;
    const std::size_t problems = problems_.count();
    auto root = read_toml(*text, document->name, problems_);
    if (!root) return;
    document->whole = problems_.count() == problems;
    document->settings = std::move(*root);
    take_profiles(*document);
    if (auto [extends, found] = take_member(document->settings, "extends"); found)
      templates(*document, extends);
    documents_.push_back(std::move(document));
  }

  void take_profiles(Document& document) {
    auto [profiles, found] = take_member(document.settings, "profile");
    if (found && profiles.kind != Kind::table)
      return problems_.add(profiles.place, "profile",
                           "expected tables such as [profile.ci], got " + describe(profiles));
    document.profiles = std::move(profiles);
    for (Member& member : document.profiles.members) mark_profile(member.value, member.name);
  }

  void templates(const Document& document, const Value& extends) {
    const bool list = extends.kind == Kind::array;
    for (const Value& each : list ? extends.items : std::vector<Value>{extends}) {
      if (each.kind != Kind::text || each.text.empty()) {
        problems_.add(each.place, "extends",
                      "expected the name of a file or a list of them, got " + describe(each));
        continue;
      }
      Expansion name = expand(each.text, environment_);
      if (name.problem.empty() && name.text.find('\0') != std::string::npos)
        name.problem = "expected a text without NUL characters";
      if (!name.problem.empty())
        problems_.add(each.place, "extends", std::move(name.problem));
      else
        file(beside(document.name, name.text), each.place);
    }
  }

  const Pipes pipes_;
  const Environment& environment_;
  Problems& problems_;
  Documents documents_;
  std::vector<std::string> chain_;
  std::size_t files_ = 0;
};

}  // namespace

Documents read_documents(const std::string& file, Pipes pipes, const Environment& environment,
                         Problems& problems) {
  Reading reading(pipes, environment, problems);
  reading.file(file, Place{});
  return reading.take();
}

}  // namespace usher
