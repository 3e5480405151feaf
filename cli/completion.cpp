#include "cli/verbs.hpp"

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
         "  case \"${COMP_WORDS[COMP_CWORD-1]}\" in\n"
         "    --format) COMPREPLY=($(compgen -W 'table csv json' -- \"$current\")); return ;;\n"
         "    --data|--rejects) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n"
         "  esac\n"
         "  _upline_words \"$path\"\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  if [[ $path == 'upline import' && $current != -* ]]; then COMPREPLY+=($(compgen -d -- \"$current\")); fi\n"
         "}\n"
         "_upline_words() {\n"
         "  case \"$1\" in\n";
  add_cases(out, app, "upline");
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
