import Kernels

extension ApproximateIndex {
  /// The numbers of candidates that no search finds, rising.
  package var absentCandidates: [Int] { (0..<count).filter { leaves.places[$0] >= UInt32(leaves.count) } }
}
