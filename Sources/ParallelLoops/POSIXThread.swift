import Glibc

/// A thread that runs a body once, until somebody waits for it or leaves it alone.
package struct POSIXThread: Sendable {
  private let thread: pthread_t

  /// - Returns: `nil` if the system gives no thread, and `body` was not called.
  package init?(_ body: @escaping @Sendable () -> Void) {
    let context = unsafe Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    let failure = unsafe pthread_create(&thread, nil, { unsafe Body.enter($0) }, unsafe context.toOpaque())
    guard failure == 0 else {
      unsafe context.release()
      return nil
    }
    self.thread = thread
  }

  /// Returns when the body has returned. A thread is joined or detached once.
  package func join() { pthread_join(thread, nil) }

  /// Leaves the thread to itself.
  package func detach() { pthread_detach(thread) }

  private final class Body: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    static func enter(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
      if let context = unsafe context { unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().body() }
      return nil
    }
  }
}
