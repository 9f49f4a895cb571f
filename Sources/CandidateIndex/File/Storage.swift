import Artifacts
import Kernels

/// Values of an index: made here, or where they lie in a mapped file.
typealias Storage = SharedValues

extension ArtifactWriter {
  /// Adds a section as it lies in memory.
  func add<Element: SectionElement>(_ name: String, _ storage: Storage<Element>, shape: [Int]? = nil) throws {
    try unsafe add(
      name, type: Element.elementType, bytes: UnsafeRawBufferPointer(storage.values), shape: shape ?? [storage.count],
      codec: .raw)
  }
}
