import Kernels
import ParallelLoops
import Synchronization

/// Compresses frames on several threads, and stores them in their order while later ones are compressed.
///
/// Unsafe inside, for bytes that are compressed where they lie; none is kept after the call.
enum ParallelFrames {
  /// Frames that are hashed together.
  private static let framesByHash = 4

  /// Stores whole frames, which the calling thread hashes too.
  ///
  /// - Parameters:
  ///   - checksum: of what was stored before.
  ///   - store: gets the stored bytes, in order, from one thread at a time.
  /// - Returns: the checksum behind the frames, and the stored size of each.
  /// - Throws: the first failure to compress or store a frame.
  static func store(
    _ bytes: UnsafeRawBufferPointer, threads: Int, _ checksum: Checksum, _ hasher: inout DigestHasher,
    _ store: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> (checksum: Checksum, sizes: [Int]) {
    try unsafe withoutActuallyEscaping(store) { store in
      // Both are used until the work is finished, and `store` by one thread at a time.
      nonisolated(unsafe) let (bytes, store) = unsafe (bytes, store)
      let lanes = (0..<threads).map { _ in FrameLane() }
      let stored = StoredFrames(checksum)
      let work = OrderedWork<Range<Int>>(threads: threads) { lane, frame in
        unsafe lanes[lane].compress(UnsafeRawBufferPointer(rebasing: bytes[frame]))
      } collect: { lane in
        unsafe stored.append(lanes[lane].takeFrame(), store)
      }
      let size = ZstdFrame.rawSize
      for start in unsafe stride(from: 0, to: bytes.count, by: size * framesByHash) where !stored.hasFailed {
        let end = unsafe min(start + size * framesByHash, bytes.count)
        for frame in stride(from: start, to: end, by: size) { work.add(frame..<frame + size) }
        unsafe hasher.update(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      }
      work.finish()
      return try stored.result()
    }
  }
}

/// A compressor, and the frame that it made last.
///
/// `@unchecked Sendable` because one thread at a time uses it, as it does every lane of ordered work.
private final class FrameLane: @unchecked Sendable {
  private let compressor = ZstdCompressor()
  private var frame = Result<[UInt8], any Error>.success([])

  func compress(_ raw: UnsafeRawBufferPointer) { frame = Result { try unsafe compressor.frame(raw) } }

  func takeFrame() -> Result<[UInt8], any Error> {
    defer { frame = .success([]) }
    return frame
  }
}

/// The frames that were stored so far, in their order.
private final class StoredFrames: Sendable {
  private struct State {
    var checksum: Checksum
    var sizes: [Int] = []
    var failure: (any Error)?
  }

  private let state: Mutex<State>

  init(_ checksum: Checksum) { state = Mutex(State(checksum: checksum)) }

  var hasFailed: Bool { state.withLock { $0.failure != nil } }

  func append(_ frame: Result<[UInt8], any Error>, _ store: (UnsafeRawBufferPointer) throws -> Void) {
    state.withLock { state in
      guard state.failure == nil else { return }
      do {
        try unsafe frame.get().withUnsafeBytes { frame in
          unsafe state.checksum.update(frame)
          try unsafe store(frame)
          state.sizes.append(frame.count)
        }
      } catch { state.failure = error }
    }
  }

  func result() throws -> (checksum: Checksum, sizes: [Int]) {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      return (state.checksum, state.sizes)
    }
  }
}
