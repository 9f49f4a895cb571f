/// The answer to one query, under both protocols.
protocol AnsweredLine: SendableMetatype {
  /// Candidates in the list.
  func count(_ seen: SeenProtocol) -> Int

  func candidate(_ place: Int, _ seen: SeenProtocol) -> Int

  /// The number of others that stand before a target, and of those that tie with it; nil if no list reaches it.
  func rank(_ target: Int, _ seen: SeenProtocol, _ judged: JudgedQueries) -> (greater: Int, equal: Int)?
}
