/// The slices of queries or of pairs by one property, such as activity. An element may be in several or in none.
package struct SliceDimension: Sendable, Equatable {
  package let names: [String]
  /// The places of each thing's slices.
  package let members: JaggedArray

  package init(names: [String], members: JaggedArray) {
    self.names = names
    self.members = members
  }

  /// - Parameter places: the slice number of each element; `nil` if it is in no slice.
  package init(names: [String], places: some Sequence<Int?>) {
    self.init(names: names, members: JaggedArray(singles: places.lazy.map { $0.map { Int32($0) } }))
  }

  /// The things of each slice, rising.
  var contents: [[Int]] {
    var contents = [[Int]](repeating: [], count: names.count)
    for thing in 0..<members.count {
      for slice in members[thing] { contents[Int(slice)].append(thing) }
    }
    return contents
  }

  /// The dimension without its uninformative slices: those that contain no element or all of them.
  var informative: SliceDimension {
    var sizes = [Int](repeating: 0, count: names.count)
    for slice in members.values { sizes[Int(slice)] += 1 }
    let kept = names.indices.filter { 0 < sizes[$0] && sizes[$0] < members.count }
    guard kept.count < names.count else { return self }
    guard !kept.isEmpty else { return SliceDimension(names: [], places: members.starts.dropLast().map { _ in nil }) }
    var numbers = [Int32?](repeating: nil, count: names.count)
    for (new, old) in kept.enumerated() { numbers[old] = Int32(new) }
    var lists = JaggedArray()
    for thing in 0..<members.count { lists.append(members[thing].compactMap { numbers[Int($0)] }) }
    return SliceDimension(names: kept.map { names[$0] }, members: lists)
  }
}
