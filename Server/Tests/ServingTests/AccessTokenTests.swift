import Serving
import Testing

@Suite("The access token") struct AccessTokenTests {
  @Test("is accepted with any case of the scheme") func scheme() {
    let access = AccessToken("secret")
    for right in ["Bearer secret", "bearer secret", "BEARER   secret"] { #expect(access.allows(right), "\(right)") }
    for wrong in ["", "secret", "Bearer", "Bearersecret", "Bearer secre", "Bearer secret ", "Basic secret", "ﬁearer x"]
    {
      #expect(!access.allows(wrong), "\(wrong)")
    }
    #expect(!access.allows(nil))
  }

  @Test("changes at once when the file is replaced") func replaced() {
    let access = AccessToken(nil)
    #expect(access.allows(nil) && !access.isNeeded)
    access.replace(with: "new")
    #expect(!access.allows(nil) && access.allows("Bearer new") && access.isNeeded)
  }
}
