/// The 64-bit hash FNV-1a (Fowler, Noll and Vo), fed with bytes, or with wider numbers in one step each.
public struct FNV1a {
  /// The hash of nothing.
  @inlinable public static var offsetBasis: UInt64 { 0xcbf2_9ce4_8422_2325 }

  public var value: UInt64

  @inlinable
  public init(_ value: UInt64 = Self.offsetBasis) { self.value = value }

  @inlinable
  public mutating func mix(_ number: UInt64) { value = (value ^ number) &* 0x100_0000_01b3 }

  @inlinable
  public mutating func mix(_ bytes: some Sequence<UInt8>) { for byte in bytes { mix(UInt64(byte)) } }
}
