/// Room for keys, freed with its owner. Not synchronised.
package final class KeyBuffer {
  package let pointer: UnsafeMutablePointer<UInt64>

  package init(capacity: Int) { pointer = .allocate(capacity: max(capacity, 1)) }

  deinit { pointer.deallocate() }
}
