import Tables
import Testing

@Suite struct TypedColumnBuilderTests {
  private func builder(_ kind: TypedColumnBuilder.Kind, _ values: [String]) -> TypedColumnBuilder {
    var builder = TypedColumnBuilder(kind)
    for value in values { builder.append(Array(value.utf8)[...]) }
    return builder
  }

  @Test("an inferred column has the kind of all its values, and codes stay text")
  func kinds() {
    let cases: [([String], ColumnKind)] = [
      (["1", "-2", "", "30"], .integer), (["1", "2.5", ""], .real), (["1e3", "0.5"], .real),
      (["01234", "99999"], .text),
      (["1", "x"], .text), (["+1"], .text), (["1", "007"], .text), (["nan", "1.5"], .text), (["", ""], .text),
      (["0"], .integer), (["-0"], .real), (["0.10"], .real), (["inf"], .text), (["0x10"], .text),
      (["9223372036854775807"], .integer), (["9223372036854775808"], .real), ([".5"], .text), (["1,5"], .text),
    ]
    for (values, kind) in cases {
      for values in [values, values.reversed()] {
        let column = builder(.inferred, values).column("c")
        #expect(column.kind == kind, "\(values)")
        if kind != .real { #expect(values.indices.map { column.text($0) } == values) }
        #expect(builder(.text, values).column("c").kind == .text)
      }
    }
  }

  @Test("typed values give the same column as their text")
  func typed() {
    var integers = TypedColumnBuilder(.integer)
    var reals = TypedColumnBuilder(.real)
    var (mixed, text) = (TypedColumnBuilder(.inferred), TypedColumnBuilder(.text))
    for value in [Int64(3), -1, 3] {
      integers.append(value)
      reals.append(value)
      mixed.append(value)
      text.append(value)
    }
    integers.appendMissing()
    reals.append(0.25)
    mixed.append(0.25)
    text.appendMissing()
    #expect(integers.column("c") == Column("c", integers: [3, -1, 3, nil]))
    #expect(reals.column("c") == Column("c", reals: [3, -1, 3, 0.25]))
    #expect(mixed.column("c") == Column("c", reals: [3, -1, 3, 0.25]))
    #expect(text.column("c") == Column("c", text: ["3", "-1", "3", ""]))
    reals.appendMissing()
    #expect(reals.column("c") == Column("c", reals: [3, -1, 3, 0.25, nil]))
  }
}
