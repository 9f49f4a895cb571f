/// A block of floats on a 64-byte boundary, freed with its owner.
///
/// Not synchronised: workers of one `parallel` call may write it at once where their ranges do not meet.
package final class AlignedFloats: @unchecked Sendable {
  package let pointer: UnsafeMutablePointer<Float>
  package let count: Int

  package convenience init(_ count: Int) {
    self.init(uninitialised: count)
    pointer.initialize(repeating: 0, count: max(count, 1))
  }

  /// Floats of any value, for what is written before it is read.
  package init(uninitialised count: Int) {
    precondition(count >= 0, "\(count) floats")
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    pointer = raw.bindMemory(to: Float.self, capacity: max(count, 1))
    self.count = count
  }

  package convenience init(_ values: [Float]) {
    self.init(values.count)
    for (place, value) in values.enumerated() { pointer[place] = value }
  }

  deinit { pointer.deallocate() }

  package var array: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  package subscript(place: Int) -> Float {
    get {
      precondition(0..<count ~= place, "element \(place) of \(count)")
      return pointer[place]
    }
    set {
      precondition(0..<count ~= place, "element \(place) of \(count)")
      pointer[place] = newValue
    }
  }
}
