import ArgumentParser
import Interactions

/// Options of Parquet alone.
struct ParquetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Columns of the interactions to read beside those with a role; all if none is named; repeat.", valueName: "column"
    ))
  var readColumns: [String] = []

  @Option(
    help: ArgumentHelp(
      "Columns of the catalog to read beside those with a role; all if none is named; repeat.", valueName: "column"))
  var readCatalogColumns: [String] = []

  func format(threads: Int) -> ParquetFormat {
    var format = ParquetFormat()
    format.columns = readColumns
    format.catalogColumns = readCatalogColumns
    format.threads = threads
    return format
  }
}
