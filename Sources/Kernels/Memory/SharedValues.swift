/// Values that nobody changes, where they lie: in memory of their own, or in a mapped file, which they keep mapped.
///
/// `@unchecked Sendable` because the values are only read, and the owner is only kept.
@safe
public struct SharedValues<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  /// The memory for kernels; valid as long as this value is.
  public let values: UnsafeBufferPointer<Element>
  @usableFromInline let owner: AnyObject

  /// - Parameters:
  ///   - values: nobody writes them any more.
  ///   - owner: what must live as long as they are read.
  public init(_ values: UnsafeBufferPointer<Element>, owner: AnyObject) {
    unsafe (self.values, self.owner) = (values, owner)
  }

  /// The values of a buffer, which nobody writes any more.
  public init(_ buffer: SharedBuffer<Element>) { unsafe self.init(buffer.buffer, owner: buffer) }

  /// A copy, on a 64-byte boundary. O(`count`).
  @inlinable
  public init(copying elements: [Element]) { self.init(SharedBuffer(elements)) }

  /// The values of a range, where they lie.
  public func part(_ range: Range<Int>) -> SharedValues {
    unsafe precondition(
      0 <= range.lowerBound && range.upperBound <= values.count, unsafe "values \(range) of \(values.count)")
    return unsafe SharedValues(UnsafeBufferPointer(rebasing: values[range]), owner: owner)
  }

  /// The bytes of other values, where they lie.
  public init<Other>(bytesOf other: SharedValues<Other>) where Element == UInt8 {
    let bytes = unsafe UnsafeRawBufferPointer(other.values)
    unsafe self.init(
      UnsafeBufferPointer(start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count),
      owner: other.owner)
  }
}

extension SharedValues: RandomAccessCollection {
  @inlinable
  public var startIndex: Int { 0 }

  @inlinable
  public var endIndex: Int { unsafe values.count }

  @inlinable
  public subscript(place: Int) -> Element {
    unsafe precondition(0..<values.count ~= place, unsafe "value \(place) of \(values.count)")
    return unsafe values[place]
  }

  @inlinable
  public func withContiguousStorageIfAvailable<Result>(
    _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result? {
    try withExtendedLifetime(owner) { try unsafe body(values) }
  }
}
