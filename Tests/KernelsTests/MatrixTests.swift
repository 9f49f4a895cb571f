import Kernels
import Testing

@Suite struct MatrixTests {
  @Test("rows keep their values, are aligned to 64 bytes, and are padded with zeros to a multiple of 16")
  func layout() {
    for rows in rowCounts {
      for columns in [0] + dimensions {
        var numbers = Numbers(UInt64(rows * 1000 + columns) + 1)
        let values = numbers.floats(rows * columns)
        let matrix = Matrix(rows: rows, columns: columns, values: values)
        #expect(matrix.values == values)
        #expect(matrix.stride % 16 == 0 && matrix.stride >= columns && matrix.stride < columns + 16)
        for row in 0..<rows {
          #expect(UInt(bitPattern: matrix.pointer(row: row)) % 64 == 0)
          for place in columns..<matrix.stride { #expect(matrix.pointer(row: row)[place] == 0) }
        }
      }
    }
  }

  @Test("gathering copies the given rows in order, repeats included")
  func gathering() {
    let source = Matrix(rows: 4, columns: 3, values: (0..<12).map(Float.init))
    let target = Matrix(rows: 3, columns: 3)
    target.gather(source, rows: [2, 0, 2] as [Int32])
    #expect(target.values == [6, 7, 8, 0, 1, 2, 6, 7, 8])
  }

  @Test("packed rows lie in panels of 16, column by column, and zeros fill the last panel")
  func panels() {
    for rows in rowCounts {
      for columns in dimensions {
        var numbers = Numbers(UInt64(rows * 1000 + columns) + 2)
        let matrix = numbers.matrix(rows, columns)
        let packed = PackedRows(matrix)
        #expect(packed.paddedRows == (rows + 15) / 16 * 16)
        var wanted = [Float](repeating: 0, count: packed.paddedRows * columns)
        for row in 0..<rows {
          for (column, value) in matrix.row(row).enumerated() {
            wanted[row / 16 * 16 * columns + column * 16 + row % 16] = value
          }
        }
        #expect(packed.panels == wanted)
      }
    }
  }

  @Test("packing again overwrites all earlier rows")
  func packingAgain() {
    var numbers = Numbers(5)
    let (first, second) = (numbers.matrix(33, 7), numbers.matrix(20, 7))
    var packed = PackedRows(capacity: 33, columns: 7)
    packed.pack(first, rows: 0..<33)
    packed.pack(second, rows: 3..<20)
    #expect(packed.rows == 17 && packed.panels == PackedRows(second, rows: 3..<20).panels)
  }

  @Test("mapped panels give the same scores as packed ones")
  func mappedPanels() {
    var numbers = Numbers(6)
    let (queries, rows) = (numbers.matrix(3, 32), numbers.matrix(21, 32))
    let packed = PackedRows(rows)
    let mapped = PackedRows(panels: SharedValues(copying: packed.panels), rows: 21, columns: 32)
    let (one, other) = (AlignedFloats(3 * 32), AlignedFloats(3 * 32))
    scores(of: 0..<3, in: queries, against: packed, tile: 0..<21, into: one.pointer, stride: 32)
    scores(of: 0..<3, in: queries, against: mapped, tile: 0..<21, into: other.pointer, stride: 32)
    #expect(bits(one.array) == bits(other.array))
    let none = SharedValues<Float>(UnsafeBufferPointer(start: nil, count: 0), owner: packed.panels as AnyObject)
    let nothing = PackedRows(panels: none, rows: 0, columns: 32)
    #expect(nothing.paddedRows == 0 && nothing.panels.isEmpty)
  }
}
