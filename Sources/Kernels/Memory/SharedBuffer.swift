/// Memory for a fixed number of elements, on a 64-byte boundary, that threads share by disjoint places; freed with its
/// owner.
///
/// The owner of all memory that kernels write: element by element it is safe, and `pointer` is for kernels.
///
/// `@unchecked Sendable` because nothing is synchronised: bodies of one `parallel` call may write at once where their
/// places do not meet, and what they wrote is read when the call has returned.
@safe
public final class SharedBuffer<Element: Sendable>: @unchecked Sendable {
  /// The memory for kernels; valid as long as this object is.
  public let pointer: UnsafeMutablePointer<Element>
  public let count: Int

  /// Creates a buffer of elements of any value, for what is written before it is read.
  @inlinable
  public init(uninitialised count: Int) where Element: BitwiseCopyable {
    unsafe (pointer, self.count) = (Self.allocate(count), count)
  }

  /// Creates a buffer of `count` copies of an element, in time O(`count`).
  @inlinable
  public init(repeating element: Element, count: Int) {
    unsafe (pointer, self.count) = (Self.allocate(count), count)
    unsafe pointer.initialize(repeating: element, count: count)
  }

  /// A copy of an array. O(`count`).
  @inlinable
  public init(_ elements: [Element]) {
    unsafe (pointer, count) = (Self.allocate(elements.count), elements.count)
    unsafe elements.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { unsafe pointer.initialize(from: start, count: source.count) }
    }
  }

  deinit {
    unsafe pointer.deinitialize(count: count)
    unsafe UnsafeMutableRawPointer(pointer).deallocate()
  }

  @inlinable
  static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
    precondition(count >= 0, "\(count) elements")
    let capacity = Swift.max(count, 1)
    return unsafe allocateForKernels(capacity * MemoryLayout<Element>.stride)
      .bindMemory(to: Element.self, capacity: capacity)
  }

  /// All elements where they lie; valid as long as this object is.
  @inlinable
  public var buffer: UnsafeBufferPointer<Element> { unsafe UnsafeBufferPointer(start: pointer, count: count) }

  /// A copy of all elements. O(`count`).
  @inlinable
  public var array: [Element] { unsafe Array(buffer) }

  @inlinable
  public subscript(place: Int) -> Element {
    get {
      precondition(0..<count ~= place, "element \(place) of \(count)")
      return unsafe pointer[place]
    }
    set {
      precondition(0..<count ~= place, "element \(place) of \(count)")
      unsafe pointer[place] = newValue
    }
  }
}

/// Floats that kernels read in whole registers.
public typealias AlignedFloats = SharedBuffer<Float>

extension SharedBuffer<Float> {
  /// Creates a buffer of zeros.
  public convenience init(_ count: Int) { self.init(repeating: 0, count: count) }
}
