import CKernels
import Glibc

/// A build of the kernels for some instructions. All give the same bits.
package enum KernelVariant: String, Sendable, CaseIterable {
  case portable
  case avx2
  case avx512

  /// The fastest that this processor has, unless `TANDEM_SIMD` names a slower one.
  package static let current: KernelVariant = {
    let wish = unsafe getenv("TANDEM_SIMD").flatMap { unsafe KernelVariant(rawValue: String(cString: $0)) }
    if let wish, available.contains(wish) { return wish }
    return available.last ?? .portable
  }()

  /// The variants that this processor can run, from the slowest to the fastest.
  package static let available = allCases.filter { $0.code.rawValue <= ck_best_variant().rawValue }

  var code: ck_variant {
    switch self {
    case .portable: CK_PORTABLE
    case .avx2: CK_AVX2
    case .avx512: CK_AVX512
    }
  }
}
