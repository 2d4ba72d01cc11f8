#include "init/text/regex_escape.h"

#include <string_view>

namespace usher {
namespace {

bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
bool is_letter(unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_space(unsigned char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

template <typename Holds>
ByteSet all_that(Holds holds) {
  ByteSet set;
  for (std::size_t c = 0; c < set.size(); ++c) set[c] = holds(static_cast<unsigned char>(c));
  return set;
}

// Of other dialects, and what they are in this one.
struct Form {
  char letter;
  std::string_view use;      // instead of it
  std::string_view inside;   // and in brackets; empty: cannot be said there
};
constexpr Form kForms[] = {
    {'d', "[0-9]", "0-9"},
    {'D', "[^0-9]", ""},
    {'w', "", "[:alnum:]_"},
    {'W', "", ""},
    {'s', "", "[:space:]"},
    {'S', "", ""},
    {'h', "[[:blank:]]", "[:blank:]"},
    {'t', "[[:blank:]], or the tab itself", "[:blank:], or the tab itself"},
    {'n', "[[:space:]]", "[:space:]"},
    {'r', "[[:space:]]", "[:space:]"},
    {'f', "[[:space:]]", "[:space:]"},
    {'v', "[[:space:]]", "[:space:]"},
    {'R', "[[:space:]]", "[:space:]"},
    {'A', "^", ""},
    {'z', "$", ""},
    {'Z', "$", ""},
    {'x', "the character itself", ""},
    {'u', "the character itself", ""},
    {'p', "a class such as [[:alpha:]]", "a class such as [:alpha:]"},
};

const Form* find_form(char c) {
  for (const Form& form : kForms)
    if (form.letter == c) return &form;
  return nullptr;
}

std::string no_meaning(char c) {
  const std::string what = std::string("\\") + c;
  const Form* const form = find_form(c);
  if (form != nullptr && !form->use.empty())
    return what + " has no meaning in a POSIX expression; use " + std::string(form->use);
  return what + " has no meaning in a POSIX expression; for the letter leave the backslash out";
}

}  // namespace

bool is_word(unsigned char c) { return is_digit(c) || is_letter(c) || c == '_'; }

RegexEscape read_escape(char c) {
  const auto byte = static_cast<unsigned char>(c);
  switch (c) {
    case 'w': return {.bytes = all_that(is_word)};
    case 'W': return {.bytes = ~all_that(is_word)};
    case 's': return {.bytes = all_that(is_space)};
    case 'S': return {.bytes = ~all_that(is_space)};
    case 'b': return {.assertion = Assertion::boundary};
    case 'B': return {.assertion = Assertion::no_boundary};
    case '<': return {.assertion = Assertion::word_begins};
    case '>': return {.assertion = Assertion::word_ends};
    case '`': return {.assertion = Assertion::begin};
    case '\'': return {.assertion = Assertion::end};
    default: break;
  }
  if (is_digit(byte) && c != '0')
    return {.problem = "back-references are not allowed: they can take exponential time"};
  if (is_digit(byte) || is_letter(byte)) return {.problem = no_meaning(c)};
  return {.bytes = ByteSet().set(byte)};
}

std::string backslash_in_bracket_problem(char c) {
  const Form* const form = find_form(c);
  const bool meant = form != nullptr && std::string_view("dDwWsShtnr").find(c) != std::string_view::npos;
  if (!meant) return {};
  const std::string what = std::string("in brackets the backslash of \\") + c + " stands for itself; ";
  return what + (form->inside.empty() ? "say what is meant without it"
                                      : "use [" + std::string(form->inside) + ']');
}

}  // namespace usher
