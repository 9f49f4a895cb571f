extension SharedBuffer: RandomAccessCollection {
  @inlinable
  package var startIndex: Int { 0 }

  @inlinable
  package var endIndex: Int { count }

  @inlinable
  package func withContiguousStorageIfAvailable<Result>(
    _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result? {
    try withExtendedLifetime(self) { try unsafe body(buffer) }
  }

  /// Sets all elements. O(`count`).
  @inlinable
  package func fill(with element: Element) {
    unsafe pointer.update(repeating: element, count: count)
  }
}
