import CKernels
import Glibc

/// A build of the kernels for some instructions. All give the same bits.
package enum KernelVariant: Sendable, CaseIterable {
  case portable
  case avx2

  /// The fastest that this processor has, unless `TANDEM_SIMD=portable` asks for the twin.
  package static let current: KernelVariant = {
    if let wish = unsafe getenv("TANDEM_SIMD"), unsafe String(cString: wish) == "portable" { return .portable }
    return ck_best_variant() == CK_AVX2 ? .avx2 : .portable
  }()

  package static var available: [KernelVariant] { ck_best_variant() == CK_AVX2 ? [.portable, .avx2] : [.portable] }

  var code: ck_variant { self == .avx2 ? CK_AVX2 : CK_PORTABLE }
}
