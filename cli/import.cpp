#include "cli/progress.hpp"
#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"
#include "cli/wording.hpp"
#include "eventstore/csv_writer.hpp"
#include "eventstore/import/importer.hpp"

#include <fstream>
#include <memory>
#include <optional>
#include <ostream>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

namespace fs = std::filesystem;
namespace import_ns = eventstore::import;
using import_ns::ImportReport;

struct ImportVerbOptions {
  ShopOptions shop;
  std::string folder;
  std::string rejects;
};

constexpr std::uint64_t rejects_shown = 5;

/// Where the rejects go. A regular file is written beside the target and then renamed, so that it is whole or not
/// there; a device or a pipe is written as it is. Opened before the import, so that nothing is imported in vain.
class RejectsFile {
 public:
  explicit RejectsFile(const fs::path& file)
      : target_(fs::weakly_canonical(file)), is_special_(fs::exists(target_) && !fs::is_regular_file(target_)) {
    if (!is_special_) part_ = target_.string() + ".part";
    out_.open(is_special_ ? target_ : part_, std::ios::binary | std::ios::trunc);
    if (!out_) refuse();
  }
  ~RejectsFile() {
    std::error_code ignored;
    if (!part_.empty()) fs::remove(part_, ignored);
  }
  RejectsFile(const RejectsFile&) = delete;
  RejectsFile& operator=(const RejectsFile&) = delete;

  void write(eventstore::EventStore& store, const std::string& import_id) {
    out_ << "file,line,code,message\n";
    store.read_import_rejects(import_id, [&](const eventstore::ImportReject& reject) {
      std::string line;
      eventstore::append_csv_field(line, reject.file);
      line += fmt::format(",{},{},", reject.line, reject.code);
      eventstore::append_csv_text(line, reject.message);
      out_ << line << '\n';
    });
    out_.close();
    if (!out_) refuse();
    if (is_special_) return;
    fs::rename(part_, target_);
    part_.clear();
  }

 private:
  [[noreturn]] void refuse() const {
    throw UsageError(fmt::format("{}: the rejects cannot be written there", target_.string()));
  }

  fs::path target_;
  bool is_special_;
  fs::path part_{};
  std::ofstream out_{};
};

void show_some_rejects(Context& context, eventstore::EventStore& store, const ImportReport& report) {
  std::uint64_t shown = 0;
  store.read_import_rejects(report.import_id, [&](const eventstore::ImportReject& reject) {
    if (shown++ >= rejects_shown) return;
    context.err << fmt::format("  {}:{}: {}: {}\n", reject.file, reject.line, reject.code, reject.message);
  });
  if (report.rejects > rejects_shown) {
    context.err << fmt::format("  ... and {} more; run it again with --rejects FILE to have them all\n",
                               grouped(report.rejects - rejects_shown));
  }
}

void show_report(Context& context, const ImportReport& report) {
  const auto rows = row_writer(
      Format::table, context,
      {{"file", "file"}, {"imported", "imported"}, {"already_there", "there before"}, {"rejected", "rejected"}});
  for (const auto file : import_ns::import_files) {
    const auto& counts = report.of(file);
    if (counts.imported + counts.already_there + counts.rejected == 0) continue;
    rows->row({std::string(import_ns::name(file)), counts.imported, counts.already_there, counts.rejected});
  }
  rows->end();
  context.out << fmt::format("{} became {}.\n", counted(report.rows_done, "row"), counted(report.events, "event"));
}

void import(Context& context, const ImportVerbOptions& options) {
  const auto shop = open_shop(options.shop);
  std::optional<RejectsFile> rejects;
  if (!options.rejects.empty()) rejects.emplace(options.rejects);
  ImportReport report;
  {
    Progress progress(context, "importing");
    report = import_ns::import_folder(
        *shop, options.folder,
        {.progress = [&](std::uint64_t finished, std::uint64_t total) { progress.show(finished, total); },
         .waiting = [&] { context.err << "upline: another process imports the same files; waiting for its end\n"; }});
  }
  show_report(context, report);
  if (rejects) rejects->write(shop->store(), report.import_id);
  if (report.rejects == 0) return;
  context.err << fmt::format("upline: {} {} rejected{}\n", counted(report.rejects, "row"),
                             report.rejects == 1 ? "was" : "were",
                             options.rejects.empty() ? ":" : ", see " + options.rejects);
  if (options.rejects.empty()) show_some_rejects(context, shop->store(), report);
  context.exit_code = had_rejects;
}

}  // namespace

void add_import(CLI::App& app, Context& context) {
  auto options = std::make_shared<ImportVerbOptions>();
  auto* verb = app.add_subcommand("import", "Take a folder of CSV files into the shop");
  verb->add_option("folder", options->folder,
                   "Any of plan.toml and products, keys, members, purchases, refunds as .csv or .csv.gz")
      ->required()
      ->type_name("FOLDER");
  add_shop_options(*verb, options->shop);
  verb->add_option("--rejects", options->rejects, "Write the refused rows there: file, line, code, message")
      ->type_name("FILE");
  verb->footer(
      "Killed and run again, it continues where it was; run again when complete, it changes nothing.\n"
      "Examples:\n"
      "  upline import demo\n"
      "  upline import ./history --shop kami --rejects rejects.csv");
  verb->callback([&context, options] { import(context, *options); });
}

}  // namespace upline::cli
