package import CanonicalJSON

/// The part of an artifact that describes its sections.
package struct Header: Sendable, Equatable {
  package var type: String
  package var typeVersion: Int
  package var digest: Digest
  /// The facts that the type itself needs, such as the columns of a table. Part of the digest.
  package var schema: JSON
  package var sections: [Section]
  package var lineage: Lineage
  package var summary: Summary

  static let maximumSize = 16 << 20
  static let maximumSections = 65_536

  /// The digest that names the artifact: type, schema and raw contents, not the codec, the lineage or the summary.
  static func digest(type: String, typeVersion: Int, schema: JSON, sections: [Section]) -> Digest {
    let identity: JSON = [
      "type": JSON(type), "version": JSON(typeVersion), "schema": schema,
      "sections": .array(sections.map(\.identity)),
    ]
    return Digest.of(identity.text)
  }

  var json: JSON {
    [
      "type": JSON(type), "version": JSON(typeVersion), "digest": JSON(digest.hexadecimal), "schema": schema,
      "sections": .array(sections.map(\.json)), "lineage": lineage.json, "summary": summary.json,
    ]
  }

  init(
    type: String, typeVersion: Int, digest: Digest, schema: JSON, sections: [Section], lineage: Lineage,
    summary: Summary
  ) {
    self.type = type
    self.typeVersion = typeVersion
    self.digest = digest
    self.schema = schema
    self.sections = sections
    self.lineage = lineage
    self.summary = summary
  }

  init(_ bytes: UnsafeRawBufferPointer) throws(ArtifactError) {
    let json: JSON
    do throws(JSONError) { json = try unsafe JSON.parse(bytes) } catch {
      throw .malformed(part: "the header", reason: .notJSON(error))
    }
    guard let type = json["type"]?.string, let version = json["version"]?.integer,
      let digest = json["digest"]?.string.flatMap(Digest.init(hexadecimal:)), let schema = json["schema"],
      let entries = json["sections"]?.array
    else { throw .malformed(part: "the header", reason: .incomplete("list of fields")) }
    guard entries.count <= Self.maximumSections else {
      throw .tooLarge(
        part: "the number of sections", value: UInt64(entries.count), limit: UInt64(Self.maximumSections))
    }
    var sections: [Section] = []
    var names: Set<String> = []
    for entry in entries {
      let section = try Section(entry)
      guard names.insert(section.name).inserted else {
        throw .malformed(part: "section \"\(section.name)\"", reason: .listedTwice)
      }
      sections.append(section)
    }
    self.init(
      type: type, typeVersion: version, digest: digest, schema: schema, sections: sections,
      lineage: try Lineage(json["lineage"]), summary: Summary(json["summary"]))
    guard digest == Self.digest(type: type, typeVersion: version, schema: schema, sections: sections) else {
      throw .malformed(part: "the header", reason: .headerDigestDiffers)
    }
  }
}
