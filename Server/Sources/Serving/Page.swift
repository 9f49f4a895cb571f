/// What the server has of its own beside models, embedded in the program.
enum Page {
  static let html = String(decoding: PackageResources.page_html, as: UTF8.self)
}

/// The description of the API, for people and programs.
enum OpenAPI {
  static let document = String(decoding: PackageResources.openapi_json, as: UTF8.self)
}
