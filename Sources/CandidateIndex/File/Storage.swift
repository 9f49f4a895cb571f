import Artifacts

/// Immutable values of an index: in memory of its own, or where they lie in a mapped file.
struct Storage<Element>: @unchecked Sendable {
  let values: UnsafeBufferPointer<Element>
  private let owner: AnyObject

  init(copying elements: [Element]) {
    let block = Block(elements)
    owner = block
    values = UnsafeBufferPointer(block.buffer)
  }

  /// - Parameter owner: the memory of `values`, kept alive as long as this value.
  init(_ values: UnsafeBufferPointer<Element>, owner: AnyObject) {
    self.values = values
    self.owner = owner
  }

  var count: Int { values.count }

  subscript(index: Int) -> Element { values[index] }

  private final class Block {
    let buffer: UnsafeMutableBufferPointer<Element>

    init(_ elements: [Element]) {
      let raw = UnsafeMutableRawPointer.allocate(
        byteCount: max(elements.count, 1) * MemoryLayout<Element>.stride, alignment: 64)
      buffer = UnsafeMutableBufferPointer(
        start: raw.bindMemory(to: Element.self, capacity: elements.count), count: elements.count)
      _ = buffer.initialize(from: elements)
    }

    deinit { buffer.baseAddress.map { UnsafeMutableRawPointer($0).deallocate() } }
  }
}

extension ArtifactWriter {
  /// Adds a section as it lies in memory.
  func add<Element: SectionElement>(_ name: String, _ storage: Storage<Element>, shape: [Int]? = nil) throws {
    try add(
      name, type: Element.elementType, bytes: UnsafeRawBufferPointer(storage.values), shape: shape ?? [storage.count],
      codec: .raw)
  }
}

extension ArtifactWriter {
  /// A raw section that was added, mapped in the file that is being written.
  func stored<Element: SectionElement>(_ name: String) throws -> Storage<Element> {
    let (values, owner) = try mapped(name, as: Element.self)
    return Storage(values, owner: owner)
  }
}

extension Storage where Element == UInt8 {
  /// Views floats as bytes.
  init(bytesOf floats: Storage<Float>) {
    let bytes = UnsafeRawBufferPointer(floats.values)
    self.init(
      UnsafeBufferPointer(start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count),
      owner: StorageOwner(floats))
  }
}

/// Keeps the memory of the bytes alive.
private final class StorageOwner {
  private let storage: Storage<Float>

  init(_ storage: Storage<Float>) { self.storage = storage }
}
