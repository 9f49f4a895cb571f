/// A row whose fields are those of another row in another order, and values that its file has for all rows.
struct ArrangedRow<Row: RawRow>: RawRow {
  let row: Row
  /// The field of the row for each of the first columns.
  let places: [Int]
  /// The values of the other columns.
  let constants: [RawValue]

  var count: Int { places.count + constants.count }

  subscript(field: Int) -> RawValue { field < places.count ? row[places[field]] : constants[field - places.count] }
}
