extension SharedBuffer: RandomAccessCollection {
  @inlinable
  public var startIndex: Int { 0 }

  @inlinable
  public var endIndex: Int { count }

  @inlinable
  public func withContiguousStorageIfAvailable<Result>(
    _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result? {
    try withExtendedLifetime(self) { try unsafe body(buffer) }
  }

  /// Sets all elements. O(`count`).
  @inlinable
  public func fill(with element: Element) {
    unsafe pointer.update(repeating: element, count: count)
  }
}
