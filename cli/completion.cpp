#include "cli/verbs.hpp"

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace upline::cli {

namespace {

std::vector<std::string> words_of(const CLI::App& app) {
  std::vector<std::string> words;
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; })) words.push_back(verb->get_name());
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) words.push_back("--" + name);
  }
  return words;
}

/// What a type name such as `table|json` offers; nothing where it names a kind of value.
std::string choices_of(const CLI::Option& option) {
  auto text = option.get_type_name();
  if (!text.contains('|') || text.contains("FILE") || text.contains("TEXT")) return {};
  std::ranges::replace(text, '|', ' ');
  return text;
}

/// By the word before the cursor: an option with a choice of values, or a verb whose first word is one, such as the
/// name of a setting.
void add_choices(std::ostream& out, const CLI::App& app, const std::string& path) {
  for (const auto* option : app.get_options()) {
    const auto choices = choices_of(*option);
    if (choices.empty()) continue;
    const auto before = option->get_lnames().empty() ? app.get_name() : "--" + option->get_lnames().front();
    out << fmt::format("    '{} {}') words='{}' ;;\n", path, before, choices);
  }
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    add_choices(out, *verb, path + " " + verb->get_name());
  }
}

void add_cases(std::ostream& out, const CLI::App& app, const std::string& path) {
  out << fmt::format("    '{}') words='{}' ;;\n", path, fmt::join(words_of(app), " "));
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    add_cases(out, *verb, path + " " + verb->get_name());
  }
}

/// The words before the cursor that are verbs say which list applies; values of options complete as files.
void print_bash(std::ostream& out, const CLI::App& app) {
  out << "# bash completion of upline; put it into a file of /etc/bash_completion.d, or: source <(upline completion)\n"
         "_upline() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" path='upline' words='' i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"${COMP_WORDS[i]}\" in\n"
         "      -*) ;;\n"
         "      *) _upline_words \"$path ${COMP_WORDS[i]}\" && path=\"$path ${COMP_WORDS[i]}\" ;;\n"
         "    esac\n"
         "  done\n"
         "  if _upline_choices \"$path ${COMP_WORDS[COMP_CWORD-1]}\"; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\")); return\n"
         "  fi\n"
         "  case \"${COMP_WORDS[COMP_CWORD-1]}\" in\n"
         "    --data|--rejects|--text-file) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n"
         "  esac\n"
         "  _upline_words \"$path\"\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  if [[ $path == 'upline import' && $current != -* ]]; then COMPREPLY+=($(compgen -d -- \"$current\")); fi\n"
         "  if [[ $path == 'upline keys import' && $current != -* ]]; then\n"
         "    COMPREPLY+=($(compgen -f -- \"$current\"))\n"
         "  fi\n"
         "}\n"
         "_upline_words() {\n"
         "  case \"$1\" in\n";
  add_cases(out, app, "upline");
  out << "    *) return 1 ;;\n"
         "  esac\n"
         "}\n"
         "_upline_choices() {\n"
         "  case \"$1\" in\n";
  add_choices(out, app, "upline");
  out << "    *) return 1 ;;\n"
         "  esac\n"
         "}\n"
         "complete -o filenames -F _upline upline\n";
}

}  // namespace

void add_completion(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("completion", "Print the completion script for bash");
  verb->footer(
      "Example:\n"
      "  source <(upline completion)");
  verb->callback([&context, &app] { print_bash(context.out, app); });
}

}  // namespace upline::cli
