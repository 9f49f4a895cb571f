/// An error with the file it is about.
package struct FileError: Error, CustomStringConvertible {
  package let path: String
  package let cause: any Error

  package init(_ path: String, _ cause: any Error) {
    self.path = path
    self.cause = cause
  }

  package var description: String { "\(path): \(cause)" }
}

/// An error that is about no file, such as a wish to stop.
package protocol Interruption: Error {}

/// Runs `body`, and wraps errors that it throws with the file's path.
package func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as FileError { throw error } catch let error as any Interruption {
    throw error
  } catch { throw FileError(path, error) }
}
