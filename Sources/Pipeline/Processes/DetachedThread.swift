import Glibc

/// A thread of its own, which nobody waits for.
package enum DetachedThread {
  /// - Returns: `false` if the system gives no thread, and `body` was not called.
  package static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    let work = Work(body)
    let context = unsafe Unmanaged.passRetained(work)
    var thread = pthread_t()
    let failure = unsafe pthread_create(&thread, nil, { unsafe Work.enter($0) }, unsafe context.toOpaque())
    guard failure == 0 else {
      unsafe context.release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  private final class Work: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    static func enter(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
      if let context = unsafe context { unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
      return nil
    }
  }
}
